import { describe, expect, test } from 'vitest'
import { blank, dirty, lastMoment, localInput, longest, nextAt, over, quick, readDraft, wrapUpOf } from './draft.ts'

const at = (left: number, touched = 0, note = '') => [{ ...blank('c', 'old'), note, touched }, { until: 100_000, now: 100_000 - left }] as const

describe('the last moment of a wrap-up', () => {
  test('leaves an empty one to the clock', () => {
    expect(lastMoment(...at(4000))).toBe('wait')
    expect(lastMoment(...at(500))).toBe('wait')
  })
  test('gives more time to an agent who is still typing', () => expect(lastMoment(...at(4000, 95_000, 'x'))).toBe('extend'))
  test('sends what lies written', () => {
    expect(lastMoment(...at(4000, 10_000, 'x'))).toBe('wait')
    expect(lastMoment(...at(1200, 10_000, 'x'))).toBe('finish')
  })
  test('does nothing long before, or after', () => {
    expect(lastMoment(...at(30_000, 69_000, 'x'))).toBe('wait')
    expect(lastMoment(...at(-9000, 0, 'x'))).toBe('wait')
  })
})

test('a note, a disposition, a written subject or a chosen topic would be lost; blanks would not', () => {
  expect(dirty(blank('c', 'old'))).toBe(false)
  expect(dirty({ ...blank('c'), note: ' \n', subject: ' ', wrote: true, about: {} })).toBe(false)
  expect(dirty({ ...blank('c'), note: 'x' })).toBe(true)
  expect(dirty({ ...blank('c'), disposition: 'resolved' })).toBe(true)
  expect(dirty({ ...blank('c', 'new'), wrote: true })).toBe(true)
  expect(dirty({ ...blank('c'), about: { topic: 'fault' } })).toBe(true)
})

test('a wrap-up says a subject only where it was written, and a department only where the ticket stays open', () => {
  const closing = (d: string) => d === 'resolved'
  expect(wrapUpOf({ ...blank('c', 'old'), note: ' x ', disposition: 'resolved', department: 'field', stays: true }, { closing })).toEqual({ call: 'c', disposition: 'resolved', note: 'x' })
  expect(wrapUpOf({ ...blank('c', 'new'), wrote: true, disposition: 'handed_over', department: 'field' }, { closing })).toEqual({ call: 'c', disposition: 'handed_over', note: '', subject: 'new', subject_seen: 'new', department: 'field' })
  expect(wrapUpOf({ ...blank('c'), note: 'x', department: 'field', next: '2030-01-31T10:00' }, { closing })).toEqual({ call: 'c', disposition: '', note: 'x' })
})

test('a draft comes back after a reload, and only for its own call', () => {
  const stored = JSON.stringify({ ...blank('c1'), note: 'x' })
  expect(readDraft(stored, 'c1')?.note).toBe('x')
  expect(readDraft(stored, 'c2')).toBeNull()
  expect(readDraft(stored)?.call).toBe('c1')
  expect(readDraft('rubbish', 'c1')).toBeNull()
  expect(readDraft(null, 'c1')).toBeNull()
})

test('quick dates lie ahead, on round times', () => {
  const now = new Date(2030, 0, 31, 15, 2).getTime()
  expect(quick(now)).toEqual({ in2h: '2030-01-31T17:05', tomorrow: '2030-02-01T10:00', in3d: '2030-02-03T10:00' })
  expect(localInput(new Date(2030, 8, 9, 7, 5))).toBe('2030-09-09T07:05')
})

test('texts are counted in characters, as the server counts them, and nothing is cut', () => {
  expect(over('ы'.repeat(4000), longest.note)).toBe(0)
  expect(over('😀'.repeat(4000), longest.note)).toBe(0)
  expect(over('😀'.repeat(4001), longest.note)).toBe(1)
  expect(over('  ' + 'я'.repeat(202) + '\n', longest.subject)).toBe(2)
})

test('a next date that has passed while the note lay unsent is left to the server', () => {
  const d = { ...blank('c'), next: '2030-01-31T10:00' }
  const later = Date.parse('2030-01-31T11:00')
  expect(nextAt(d, false)).toBe(new Date('2030-01-31T10:00').toISOString())
  expect(nextAt(d, false, true, later)).toBeUndefined()
  expect(nextAt(d, true)).toBeUndefined()
  expect(nextAt(blank('c'), false)).toBeUndefined()
})
