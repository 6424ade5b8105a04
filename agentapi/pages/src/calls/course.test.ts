import { expect, test } from 'vitest'
import { lanes, ticks } from './course.ts'
import type { Step } from './wire.ts'
import { conditions, question, readAsked, span, whoTalked, writeAsked } from './wire.ts'

const at = (s: number) => new Date(Date.UTC(2026, 2, 2, 9, 0, s)).toISOString()
const anna = { id: 'anna', name: 'Anna' }
const boris = { id: 'boris', name: 'Boris' }
const step = (kind: Step['kind'], from: number, to: number | null, more: Partial<Step> = {}): Step => ({ kind, at: at(from), until: to === null ? null : at(to), ...more })

test('the caller has a lane, and each agent one of their own', () => {
  const drawn = lanes([
    step('flow', 0, 10), step('queue', 10, 50), step('ring', 11, 31, { agent: boris }), step('decided', 40, null), step('ring', 41, 50, { agent: anna }),
    step('talk', 50, 100, { agent: anna }), step('hold', 60, 65, { agent: anna }), step('wrap_up', 100, 140, { agent: anna }),
  ], Date.parse(at(1000)))
  expect(drawn.length).toBe(140_000)
  expect(drawn.lanes.map((l) => [l.name, l.bars.map((b) => `${b.kind} ${b.from / 1000}-${b.to / 1000}`), l.marks.map((m) => m.at / 1000)])).toEqual([
    ['', ['flow 0-10', 'queue 10-50', 'talk 50-100', 'hold 60-65'], [40]],
    ['Boris', ['ring 11-31'], []],
    ['Anna', ['ring 41-50', 'talk 50-100', 'hold 60-65', 'wrap_up 100-140'], []],
  ])
})

test('what lasts reaches to now, and no further back than it begins', () => {
  expect(lanes([step('flow', 0, 5), step('queue', 5, null, { lasts: true })], Date.parse(at(30))).lanes[0]!.bars[1]!.to).toBe(30_000)
  expect(lanes([step('flow', 0, null, { lasts: true })], Date.parse(at(-30))).length).toBe(1000)
})

test('an axis has no more names than fit', () => {
  expect(ticks(140_000, 8)).toEqual([0, 30_000, 60_000, 90_000, 120_000])
  for (const length of [500, 7000, 3_599_000, 86_400_000, 40 * 86_400_000]) expect(ticks(length, 6).length).toBeLessThanOrEqual(7)
})

test('an address says which calls are shown, and what is odd in it is left out', () => {
  const a = readAsked('?period=week&from=2026-03-01&number=1234&outcome=abandoned&longer=2,5&nonsense=1')
  expect(a.period).toBe('week')
  expect(writeAsked(a)).toBe('?period=week&number=1234&outcome=abandoned&longer=2%2C5')
  expect(readAsked(writeAsked(a))).toEqual(a)
  expect(conditions(a)).toBe(3)
  const now = new Date(2026, 2, 10, 15)
  const p = question(a, now, { cursor: 'c', count: '' })
  expect(p.get('outcome')).toBe('abandoned_in_greeting,abandoned_in_menu,abandoned_in_queue,abandoned_ringing')
  expect(p.get('longer_s')).toBe('150')
  expect([p.get('cursor'), p.has('count'), p.has('to')]).toEqual(['c', false, false])
  expect(p.get('from')).toBe(new Date(2026, 2, 4).toISOString())
  expect(span(readAsked('?from=2026-03-01&to=2026-03-01'), now)).toEqual({ from: new Date(2026, 2, 1).toISOString(), to: new Date(2026, 2, 2).toISOString() })
  expect(span(readAsked('?period=all'), now)).toEqual({})
})

test('a call that was passed on names all who talked', () => {
  expect(whoTalked({ agent: boris, agents: [anna, boris] })).toBe('Anna → Boris')
  expect(whoTalked({ agent: boris })).toBe('Boris')
  expect(whoTalked({ agent: anna, asked: [boris] })).toBe('Anna + Boris')
  expect(whoTalked({ agent: null })).toBe('')
})
