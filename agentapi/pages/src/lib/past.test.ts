import { expect, test } from 'vitest'
import { changed, onto } from './past.ts'
import type { Wall } from './wire.ts'

const wall = (of: Record<string, [minute: number, waiting: number][]>) =>
  ({ queues: Object.entries(of).map(([id, points]) => ({ id, history: points.map(([m, waiting]) => ({ at: new Date(m * 60_000).toISOString(), waiting })) })) }) as unknown as Wall
const past = (w: Wall) => Object.fromEntries((w.queues ?? []).map((q) => [q.id, (q.history ?? []).map((m) => [Date.parse(m.at) / 60_000, m.waiting])]))

test('an event goes on where the history was, and the minute that goes on is replaced', () => {
  expect(past(onto(wall({ a: [[1, 5], [2, 1]] }), wall({ a: [[2, 4], [3, 2]] })))).toEqual({ a: [[1, 5], [2, 4], [3, 2]] })
})

test('an hour is kept', () => {
  const hour = Array.from({ length: 60 }, (_, i): [number, number] => [i, i])
  const kept = past(onto(wall({ a: hour }), wall({ a: [[59, 59], [60, 7]] }))).a!
  expect([kept.length, kept[0], kept[59]]).toEqual([60, [1, 1], [60, 7]])
})

test('a queue that has come has what it brings, and one that has gone nothing', () => {
  expect(past(onto(wall({ gone: [[1, 1]] }), wall({ come: [[2, 3]] })))).toEqual({ come: [[2, 3]] })
  expect(past(onto(null, wall({ a: [[2, 3]] })))).toEqual({ a: [[2, 3]] })
})

test('changes go over what is known, and the rest stays as it was', () => {
  const before = {
    now: '1',
    line: { calls: 1, waiting: 2, counted_at: '1' },
    queues: [
      { id: 'a', waiting: 1, history: [{ at: '2026-03-02T09:00:00Z', waiting: 1 }] },
      { id: 'b', waiting: 0, history: [] },
    ],
    agents: [
      { id: '7', activity: 'idle' },
      { id: '8', activity: 'idle' },
    ],
    staffing: { holds: true },
    alarms: [],
  } as unknown as Wall
  const after = changed(before, {
    now: '2',
    line: { waiting: 3 },
    changed_queues: [{ id: 'a', waiting: 4, history: [{ at: '2026-03-02T09:01:00Z', waiting: 4 }] }],
    changed_agents: [{ id: '8', activity: 'talking' }],
    staffing: null,
  } as never)
  expect(after.line).toEqual({ calls: 1, waiting: 3, counted_at: '1' })
  expect(past(after)).toEqual({ a: [[Date.parse('2026-03-02T09:00:00Z') / 60_000, 1], [Date.parse('2026-03-02T09:01:00Z') / 60_000, 4]], b: [] })
  expect(after.queues![1]).toBe(before.queues![1])
  expect(after.agents!.map((a) => a.activity)).toEqual(['idle', 'talking'])
  expect([after.now, after.staffing, after.alarms]).toEqual(['2', null, before.alarms])
  expect(changed(after, { now: '3', agents: [{ id: '9' }] } as never).agents).toEqual([{ id: '9' }])
})
