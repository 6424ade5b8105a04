import { expect, test } from 'vitest'
import { judged, presets, span, until, type Words } from './due.ts'

const w: Words = { in: (s) => `in ${s}`, late: (s) => `${s} late`, paused: 'paused', broken: 'broken', now: 'now', d: 'd', h: 'h', min: 'min' }
const now = Date.parse('2026-11-27T12:00:00Z')
const at = (min: number) => new Date(now + min * 60_000).toISOString()

test('a clock says in words how near it is, whatever its colour', () => {
  expect(judged({ kind: 'resolution', due: at(125), warn_at: at(60) }, now, w)).toEqual({ level: 'good', text: 'in 2 h 5 min' })
  expect(judged({ kind: 'resolution', due: at(245) }, now, w)?.text).toBe('in 4 h')
  expect(judged({ kind: 'resolution', due: at(20), warn_at: at(-5) }, now, w)).toEqual({ level: 'warn', text: 'in 20 min' })
  expect(judged({ kind: 'resolution', due: at(-120), broken: true }, now, w)).toEqual({ level: 'bad', text: '2 h late' })
  expect(judged({ kind: 'resolution', due: null, paused: true }, now, w)).toEqual({ level: 'none', text: 'paused' })
  expect(judged({ kind: 'resolution', due: at(-9), broken: true, paused: true }, now, w)).toEqual({ level: 'bad', text: 'broken, paused' })
  expect(judged(null, now, w)).toBeNull()
  expect(judged({ kind: 'resolution', due: null }, now, w)).toBeNull()
})

test('a clock whose date has passed is late, also before the server has said so', () => {
  expect(judged({ kind: 'reaction', due: at(-3), warn_at: at(-30), broken: false }, now, w)?.level).toBe('bad')
})

test('spans have the units that matter', () => {
  expect([3, 59, 60, 61, 600, 1439, 47 * 60, 49 * 60, 9 * 1440].map((m) => span(m * 60_000, w))).toEqual([
    '3 min', '59 min', '1 h', '1 h 1 min', '10 h', '23 h', '47 h', '2 d', '9 d',
  ])
  expect([59, 61, 125, 1439].map((m) => span(m * 60_000, w, true))).toEqual(['59 min', '1 h', '2 h', '23 h'])
  expect(until('0001-01-01T00:00:00Z', now, w)).toBe('')
  expect(until(at(0), now, w)).toBe('now')
})

test('presets lie ahead at any time of the week', () => {
  for (let h = 0; h < 24 * 8; h++) {
    const t = new Date(2026, 10, 23, h, 30).getTime()
    const p = presets(t)
    for (const d of Object.values(p)) expect(d.getTime()).toBeGreaterThan(t)
    expect([p.monday.getDay(), p.monday.getHours(), p.tomorrow.getHours(), p.evening.getHours()]).toEqual([1, 10, 10, 18])
    expect(p.monday.getTime() - t).toBeLessThanOrEqual(7.5 * 86_400_000)
  }
})
