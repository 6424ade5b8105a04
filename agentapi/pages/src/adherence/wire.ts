/** What comes over REST about how plans were kept, what the page asks, and how it stands in its address. */

import { ask } from '../lib/api.ts'
import { duration, type Language } from '../lib/format.ts'
import type { Figure, Values, Worded } from '../history/wire.ts'

export const kinds = ['late', 'absent', 'early', 'gone', 'sent_away', 'break_too_long', 'off_break', 'unplanned'] as const
export type Kind = (typeof kinds)[number]
export interface Exception { kind: Kind; from: string; to: string | null; lost_s: number; reason?: string }
export interface Stretch { from: string; to: string; is: 'shift' | 'break' | 'ready' | 'working' | 'away' | 'out'; reason?: string }
export interface Row { id: string; name: string; departments: string[]; figures: Values; exceptions: Exception[]; planned: Stretch[]; was: Stretch[] }
export interface Adherence {
  from: string
  to: string
  zone: string
  today: string
  as_of: string
  begun: string | null
  figures: Figure[]
  kinds: { key: Kind; title: Worded; rule: Worded }[]
  total: Values
  departments: { id: string; name: string; figures: Values }[]
  agents: Row[]
  reasons: { code: string; name: Worded }[]
  choices: { id: string; name: Worded }[]
}

/** Asked is what the page shows, as its address has it; '' is the usual: today, of all. */
export interface Asked { from: string; to: string; department: string }

const day = /^\d{4}-\d\d-\d\d$/

/** readAsked reads an address; what is odd in it is left out. */
export function readAsked(query: string): Asked {
  const p = new URLSearchParams(query)
  const of = (name: string) => (day.test(p.get(name) ?? '') ? p.get(name)! : '')
  const from = of('from')
  const to = of('to')
  return { from, to: from && to > from ? to : '', department: (p.get('department') ?? '').slice(0, 100) }
}

/** writeAsked writes it, always in the same order. */
export function writeAsked(a: Asked): string {
  const p = new URLSearchParams()
  for (const f of ['from', 'to', 'department'] as const) if (a[f]) p.set(f, a[f])
  return p.size ? `?${p}` : ''
}

function question(a: Asked, language: Language, more: Record<string, string> = {}): string {
  const p = new URLSearchParams({ language })
  for (const f of ['from', 'to', 'department'] as const) if (a[f]) p.set(f, a[f])
  for (const [k, v] of Object.entries(more)) if (v) p.set(k, v)
  return `/adherence?${p}`
}

/** moved is a date so many days later. */
export function moved(date: string, days: number): string {
  const at = new Date(`${date}T12:00:00Z`)
  at.setUTCDate(at.getUTCDate() + days)
  return at.toISOString().slice(0, 10)
}

/** Bar is a piece of a drawn day, in parts of what is drawn: 0 to 1. */
export interface Bar { is: Stretch['is']; from: number; wide: number; title: string }

/** span is what a day's drawing reaches over: all plans and all that was, by whole hours; null where there is nothing. */
export function span(rows: Row[]): { from: number; to: number } | null {
  const all = rows.flatMap((r) => [...r.planned, ...r.was])
  if (!all.length) return null
  const hour = 3_600_000
  const from = Math.floor(Math.min(...all.map((s) => Date.parse(s.from))) / hour) * hour
  return { from, to: Math.max(from + hour, Math.ceil(Math.max(...all.map((s) => Date.parse(s.to))) / hour) * hour) }
}

/** said is a piece in words: what it is, from when to when, and how long that is. */
export const said = (s: Stretch, is: string, clock: (at: string) => string): string =>
  `${is} ${clock(s.from)}–${clock(s.to)}, ${duration(Date.parse(s.to) - Date.parse(s.from))}`

/** bars lays pieces out. */
export const bars = (all: Stretch[], of: { from: number; to: number }, say: (s: Stretch) => string): Bar[] =>
  all.map((s) => {
    const part = (at: string) => Math.min(1, Math.max(0, (Date.parse(at) - of.from) / (of.to - of.from)))
    return { is: s.is, from: part(s.from), wide: Math.max(0.001, part(s.to) - part(s.from)), title: say(s) }
  })

export const server = {
  adherence: (a: Asked, language: Language, signal: AbortSignal) => ask<Adherence>('GET', question(a, language), undefined, { signal }),
  file: (a: Asked, language: Language, format: 'csv' | 'xlsx', rows: 'agents' | 'exceptions') => `/api/v1${question(a, language, { format, rows, excel: format === 'csv' ? 'true' : '' })}`,
}
