import { expect, test } from 'vitest'
import { steps } from './hour.ts'

const end = Date.parse('2030-01-01T12:00:00Z')
const at = (ago: number, waiting: number) => ({ at: new Date(end - ago * 60_000).toISOString(), waiting })

test('no history draws nothing', () => expect(steps([], end)).toEqual({ line: '', area: '', peak: 0 }))
test('each minute is a step, and the highest is the peak', () => {
  const s = steps([at(2, 3), at(1, 6)], end)
  expect(s.peak).toBe(6)
  expect(s.line).toBe('M58 11H59V2H60')
  expect(s.area).toBe('M58 20V11H59V2H60V20Z')
})
test('one caller is no mountain', () => expect(steps([at(1, 1)], end).line).toBe('M59 15.5H60'))
test('what is older than an hour is left out, and order does not matter', () => {
  expect(steps([at(1, 6), at(90, 50), at(2, 3)], end)).toEqual(steps([at(2, 3), at(1, 6)], end))
})
