import { expect, test } from 'vitest'
import { join, lookedAt, mostKept, ofRow, type NoticeRow } from './told.ts'

const row = (id: number, more: Partial<NoticeRow> = {}) => ofRow({ id, ticket: '100237', kind: 'assigned', at: '2026-11-27T10:00:00Z', due: null, seen_at: null, ...more })

test('rows come the latest first, once each, and what was seen stays seen', () => {
  const first = join([], [row(1), row(2), row(2)])
  expect(first.all.map((n) => n.id)).toEqual([2, 1])
  expect(first.fresh).toHaveLength(2)
  const seen = first.all.map((n) => ({ ...n, seen: n.id === 1 }))
  const again = join(seen, [row(1), row(2), row(3), row(4, { seen_at: '2026-11-27T10:01:00Z' })])
  expect(again.all.map((n) => [n.id, n.seen])).toEqual([[4, true], [3, false], [2, false], [1, true]])
  expect(again.fresh.map((n) => n.id)).toEqual([3])
})

test('a bell keeps no more than it can show', () => {
  const many = join([], Array.from({ length: mostKept + 20 }, (_, i) => row(i + 1))).all
  expect([many.length, many[0]!.id]).toEqual([mostKept, mostKept + 20])
})

test('who looks at a ticket has seen what they are told of it, and takes nothing from their department', () => {
  const all = [row(1), row(2, { department: 'billing' }), row(3, { ticket: '100258' })]
  expect(lookedAt(all, '100237').map((n) => n.id)).toEqual([1])
})
