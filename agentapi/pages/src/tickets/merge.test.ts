import { expect, test } from 'vitest'
import { absorb, append, begin, step } from './merge.ts'
import type { TicketRow } from './wire.ts'

const row = (number: string, version = 1, subject = ''): TicketRow => ({ number, version, subject, phase: 'open' })
const numbers = (rows: TicketRow[]) => rows.map((r) => r.number)

test('no row moves, whatever changes', () => {
  let s = begin(['1', '2', '3', '4'].map((n) => row(n)))
  s = absorb(s, ['2', '3', '9'], [row('9'), row('3', 5, 'changed')])
  expect(numbers(s.rows)).toEqual(['1', '2', '3', '4'])
  expect(s.rows[2]!.subject).toBe('changed')
  expect([...s.gone]).toEqual(['2'])
  expect([...s.fresh.keys()]).toEqual(['9'])
})

test('a row that comes back to the list is there again, and one that has come and gone is not announced', () => {
  let s = absorb(begin([row('1'), row('2')]), ['1', '9'], [row('9')])
  s = absorb(s, ['1', '9'], [row('1', 3)])
  expect([s.gone.size, s.fresh.size, s.rows[0]!.version]).toEqual([0, 0, 3])
})

test('an older answer that comes late changes nothing', () => {
  const s = absorb(begin([row('1', 7, 'new')]), ['1'], [row('1', 6, 'old')])
  expect(s.rows[0]!.subject).toBe('new')
})

test('a row that moved between two pages is shown once', () => {
  let s = begin([row('1'), row('2')])
  s = absorb(s, ['5'], [row('5')])
  s = append(s, [row('2'), row('3'), row('5')])
  expect(numbers(s.rows)).toEqual(['1', '2', '3', '5'])
  expect(s.fresh.size).toBe(0)
})

test('the choice is a ticket and not a place', () => {
  const rows = ['1', '2', '3'].map((n) => row(n))
  expect([step(rows, '2', 1), step(rows, '2', -1), step(rows, '3', 1), step(rows, '8', 1), step([], '2', 1)]).toEqual(['3', '1', '3', '1', null])
})
