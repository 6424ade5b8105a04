import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

test('however often it is said, what changes meanwhile is read once more after what is under way', async () => {
  const turns = new Turns()
  const begun: (() => void)[] = []
  const did: string[] = []
  const reading = (name: string) => () => new Promise<void>((done) => begun.push(() => (did.push(name), done())))
  const end = async (n: number) => {
    await expect.poll(() => begun.length).toBe(n)
    begun[n - 1]!()
  }
  const first = turns.again(reading('a'))
  await expect.poll(() => begun.length).toBe(1)
  const second = turns.again(reading('b'))
  expect(turns.again(reading('c'))).toBe(second)
  const more = turns.take(reading('more'))
  await end(1)
  await first
  await end(2)
  await second
  await end(3)
  await more
  expect(did).toEqual(['a', 'b', 'more'])
})

test('one that fails keeps nobody waiting', async () => {
  const turns = new Turns()
  const fails = turns.take(() => Promise.reject(new Error('away')))
  const next = turns.again(async () => {})
  await expect(fails).rejects.toThrow('away')
  await next
  await turns.again(async () => {})
})
