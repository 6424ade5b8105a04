import { expect, test } from 'vitest'
import type { Alarm } from '../lib/wire.ts'
import { Chimes, helpSounds, repeats } from './chimes.ts'

const alarm = (over: Partial<Alarm>): Alarm => ({ id: 'x', rule: 'r', kind: 'waiting', urgent: false, sound: 'once', since: '', bound: 1, value: 2, worst: 2, ...over })
const none = new Set<string>()

test('an alarm sounds once, one that repeats until somebody sees to it, and one that is silenced not at all', () => {
  const chimes = new Chimes()
  const once = alarm({ rule: 'once' })
  expect(chimes.due([once], none, 0)).toBe(true)
  for (const at of [500, repeats, 5 * repeats]) expect(chimes.due([once], none, at)).toBe(false)
  const urgent = alarm({ rule: 'urgent', sound: 'repeat' })
  expect(chimes.due([once, urgent], none, 100_000)).toBe(true)
  expect(chimes.due([once, urgent], none, 100_000 + repeats - 1)).toBe(false)
  expect(chimes.due([once, urgent], none, 100_000 + repeats)).toBe(true)
  expect(chimes.due([once, urgent], new Set(['urgent||']), 100_000 + 2 * repeats)).toBe(false)
  expect(chimes.due([once, { ...urgent, acknowledged_by: 'Vera' }], none, 100_000 + 3 * repeats)).toBe(false)
  expect(chimes.due([once, alarm({ rule: 'quiet', sound: 'none' })], none, 200_000)).toBe(false)
})

test('an alarm that comes again sounds again, and one that a restart has given another id does not', () => {
  const chimes = new Chimes()
  expect(chimes.due([alarm({})], none, 0)).toBe(true)
  expect(chimes.due([alarm({ id: 'y' })], none, 1)).toBe(false)
  expect(chimes.due([], none, 2)).toBe(false)
  expect(chimes.due([alarm({})], none, 3)).toBe(true)
  expect(chimes.due([alarm({}), alarm({ queue: 'support' })], none, 4)).toBe(true)
})

test('a call for a supervisor sounds until one has come', () => {
  const chimes = new Chimes()
  const call = { call: 'c1', agent: 'anna', name: 'Anna', since: '' }
  expect(chimes.due(helpSounds([call]), none, 0)).toBe(true)
  expect(chimes.due(helpSounds([call]), none, repeats)).toBe(true)
  expect(chimes.due(helpSounds([{ ...call, by: 'Olga' }]), none, 3 * repeats)).toBe(false)
  expect(chimes.due(helpSounds(null), none, 4 * repeats)).toBe(false)
})
