import { expect, test } from 'vitest'
import { inPlace, key, who, type Voicemail } from './wire.ts'

const left = (more: Partial<Voicemail>): Voicemail => ({ contact: 'c1', n: 2, call: 'c1', at: '', number: '+79161234567', number_name: '', customer: null, ticket: '100231', queue: '', length_s: null, done_at: null, done_by: '', ...more })

test('who left it is named by the best that is known', () => {
  expect(who(left({ customer: { id: 'x', name: 'Ivan' }, number_name: 'IVAN' }))).toBe('Ivan')
  expect(who(left({ customer: { id: 'x', name: '' }, number_name: 'IVAN' }))).toBe('IVAN')
  expect(who(left({}))).toContain('916')
  expect(who(left({ number: '' }))).toBe('')
})

test('two messages of one call are told apart', () => {
  expect(key(left({}))).not.toBe(key(left({ n: 1 })))
})

test('what is heard stays where it stands when it is done', () => {
  const list = (...ns: number[]) => ({ items: ns.map((n) => left({ n })), next_cursor: '' })
  const ns = (all: ReturnType<typeof inPlace>) => all.map((l) => l.items.map((v) => v.n))
  const shown = [list(1, 2, 3), list(4)]
  expect(ns(inPlace('c1/2', shown, [list(1, 3), list(2, 4)]))).toEqual([[1, 2, 3], [4]])
  expect(ns(inPlace('c1/4', shown, [list(1, 2, 3, 4), list(5)]))).toEqual([[1, 2, 3], [4, 5]])
  expect(ns(inPlace('c1/1', shown, [list(1, 3), list(2, 4)]))).toEqual([[1, 3], [2, 4]])
  expect(ns(inPlace('c1/9', shown, [list(1), list(2)]))).toEqual([[1], [2]])
  expect(ns(inPlace('c1/2', [null, null], [list(1), list(2)]))).toEqual([[1], [2]])
})
