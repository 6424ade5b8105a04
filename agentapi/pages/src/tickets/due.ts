/** How near a date or a clock is, in words that need no colour. Pure: time comes in as an argument. */

import { instant } from '../lib/format.ts'
import type { Level } from '../lib/thresholds.ts'
import type { NearestClock } from './wire.ts'

/** The words, from the page's texts. */
export interface Words {
  in: (span: string) => string
  late: (span: string) => string
  paused: string
  broken: string
  now: string
  d: string
  h: string
  min: string
}

const minute = 60_000

/** span writes a time with its largest unit, and the next one where that still matters and there is room: "2 h 10 min", "3 h", "3 d". */
export function span(ms: number, w: Words, tight = false): string {
  const min = Math.floor(Math.abs(ms) / minute)
  if (min < 60) return `${min} ${w.min}`
  const h = Math.floor(min / 60)
  if (h < 3 && min % 60 && !tight) return `${h} ${w.h} ${min % 60} ${w.min}`
  if (h < 48) return `${h} ${w.h}`
  return `${Math.floor(h / 24)} ${w.d}`
}

/** until says how far off a moment is: "in 2 h", "2 h late"; '' where there is none. */
export function until(at: string | null | undefined, now: number, w: Words, tight = false): string {
  const t = instant(at)
  if (t === null) return ''
  const left = t - now
  if (Math.abs(left) < minute) return w.now
  return left > 0 ? w.in(span(left, w, tight)) : w.late(span(left, w, tight))
}

/** past says whether a moment has gone by. */
export function past(at: string | null | undefined, now: number): boolean {
  const t = instant(at)
  return t !== null && t < now
}

/** judged is a clock as it is shown: its level is a shape, too. */
export function judged(c: NearestClock | null | undefined, now: number, w: Words, tight = false): { level: Level | 'none'; text: string } | null {
  if (!c) return null
  if (c.paused) return { level: c.broken ? 'bad' : 'none', text: c.broken ? `${w.broken}, ${w.paused}` : w.paused }
  const due = instant(c.due)
  if (c.broken || (due !== null && due < now)) return { level: 'bad', text: due === null ? w.broken : until(c.due, now, w, tight) }
  if (due === null) return null
  const warn = instant(c.warn_at)
  return { level: warn !== null && warn <= now ? 'warn' : 'good', text: until(c.due, now, w, tight) }
}

/** presets are the dates that one click sets. Of those that have passed today, the next one comes. */
export function presets(now: number): { evening: Date; tomorrow: Date; monday: Date; week: Date } {
  const at = (days: number, hour: number) => {
    const d = new Date(now)
    d.setDate(d.getDate() + days)
    d.setHours(hour, 0, 0, 0)
    return d
  }
  const today = new Date(now)
  const evening = at(today.getHours() >= 18 ? 1 : 0, 18)
  return { evening, tomorrow: at(1, 10), monday: at((8 - today.getDay()) % 7 || 7, 10), week: at(7, 10) }
}
