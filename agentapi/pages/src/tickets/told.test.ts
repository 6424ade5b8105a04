import { expect, test } from 'vitest'
import { heard, join, last, ofRow, type NoticeRow } from './told.ts'

const row = (id: number, ticket = '100237', more: Partial<NoticeRow> = {}) => ofRow({ id, ticket, kind: 'assigned', at: `2026-11-27T10:00:${String(id).padStart(2, '0')}Z`, due: null, seen_at: null, ...more })

test('rows come the latest first, once each, and what was seen stays seen', () => {
  const first = join([], [row(1), row(2)])
  expect(first.all.map((n) => n.id)).toEqual(['2', '1'])
  expect(first.fresh).toHaveLength(2)
  const seen = first.all.map((n) => ({ ...n, seen: n.id === '1' }))
  const again = join(seen, [row(1), row(2), row(3)])
  expect(again.all.map((n) => [n.id, n.seen])).toEqual([['3', false], ['2', false], ['1', true]])
  expect(again.fresh.map((n) => n.id)).toEqual(['3'])
  expect(last(again.all)).toBe(3)
})

test('what the stream says is kept until its row comes', () => {
  const said = [heard('e1', '2026-11-27T10:00:09Z', '100237', 'given'), heard('e2', '2026-11-27T10:00:09Z', '100240', 'given')]
  expect(last(said)).toBe(0)
  expect(join(said, [row(10)]).all.map((n) => n.id)).toEqual(['10', 's:e2'])
  expect(join(said, [row(10, '100237', { seen_at: '2026-11-27T10:01:00Z' })]).all).toHaveLength(3) // an old row of the ticket says nothing of it
})
