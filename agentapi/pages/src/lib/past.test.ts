import { expect, test } from 'vitest'
import { onto } from './past.ts'
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
