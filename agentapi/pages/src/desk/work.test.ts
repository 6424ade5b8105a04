import { expect, test } from 'vitest'
import type { TicketRow } from '../tickets/wire.ts'
import { dueToday, endOfDay, sorted, type Work } from './work.ts'

const now = new Date(2026, 10, 29, 12).getTime()
const row = (number: string, hours: number, more: Partial<TicketRow> = {}): TicketRow => ({ number, phase: 'in_work', version: 1, next_at: new Date(now + hours * 3_600_000).toISOString(), ...more })

test('today ends at midnight, and what was due before is due still', () => {
  expect(endOfDay(now)).toBe(new Date(2026, 10, 30).getTime())
  expect(dueToday([row('1', -50), row('2', 11), row('3', 13), row('4', 1, { phase: 'solved' }), row('5', 0, { next_at: null })], now).map((r) => r.number)).toEqual(['1', '2'])
})

test('a ticket stands in one pile, and what is due first stands first', () => {
  const none: Work = { due: [], promised: [], returned: [], callback: [], free: [] }
  const work = sorted({ ...none, due: [row('2', 3), row('1', 1)], promised: [row('2', 3), row('4', 9, { promise_due: row('', 1).next_at! }), row('3', 1, { promise_due: row('', 2).next_at! })], free: [row('9', 5), row('8', 4), row('7', 3)] }, 2)
  expect(work.due.map((r) => r.number)).toEqual(['1', '2'])
  expect(work.promised.map((r) => r.number)).toEqual(['4', '3'])
  expect(work.free.map((r) => r.number)).toEqual(['7', '8'])
})
