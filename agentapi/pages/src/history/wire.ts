/** What comes over REST about the history of figures, what the page asks, and how it stands in its address. */

import { ask } from '../lib/api.ts'
import type { Language } from '../lib/format.ts'

export interface Worded { ru: string; en: string }
export type Unit = 'count' | 'share' | 'seconds'
export interface Figure { key: string; title: Worded; rule: Worded; unit: Unit; target?: number }
export interface Subject { id: string; name: Worded; target_share?: number; target_within_s?: number }
export interface Kind { by: By; every: boolean; subjects: Subject[] }
export interface Known { kinds: Kind[]; figures: Figure[]; zone: string; today: string }
export type By = 'queue' | 'skill' | 'agent' | 'department'
export type Values = (number | null)[]
export interface History {
  by: By
  id: string
  step: Step
  from: string
  to: string
  zone: string
  as_of: string
  figures: string[]
  target_share: number | null
  steps: { at: string; until: string; figures: Values }[]
  total: Values
  subjects: { id: string; name: string; figures: Values }[]
  compared: { with: With; steps: Values[]; total: Values }[]
}
export const spans = ['today', 'week', 'month', 'quarter', 'year', 'two_years', 'days'] as const
export const steps = ['15m', '1h', 'day', 'week', 'month'] as const
export type Step = (typeof steps)[number]
export const withs = ['week', 'year'] as const
export type With = (typeof withs)[number]

/** Asked is what the page shows, as its address has it; '' is the usual. */
export type Asked = Record<(typeof fields)[number], string>
const fields = ['by', 'id', 'period', 'from', 'to', 'step', 'compare', 'figure'] as const

/** readAsked reads an address; what is odd in it is left out. */
export function readAsked(query: string): Asked {
  const p = new URLSearchParams(query)
  const a = Object.fromEntries(fields.map((f) => [f, (p.get(f) ?? '').slice(0, 100)])) as Asked
  if (a.from && a.to) a.period = 'days'
  else {
    a.from = a.to = ''
    if (!spans.slice(0, -1).includes(a.period as 'week')) a.period = 'week'
  }
  if (!steps.includes(a.step as Step)) a.step = ''
  a.compare = withs.filter((w) => a.compare.split(',').includes(w)).join(',')
  return a
}

/** writeAsked writes it, always in the same order. */
export function writeAsked(a: Asked): string {
  const p = new URLSearchParams()
  for (const f of fields) if (a[f] && !(f === 'period' && a.period === 'days')) p.set(f, a[f])
  return p.size ? `?${p}` : ''
}

/** question is what the server is asked; more says in which form. */
export function question(a: Asked, language: Language, more: Record<string, string> = {}): string {
  const p = new URLSearchParams({ language, ...(a.period === 'days' ? { from: a.from, to: a.to } : { period: a.period }) })
  for (const f of ['id', 'step', 'compare'] as const) if (a[f]) p.set(f, a[f])
  for (const [k, v] of Object.entries(more)) if (v) p.set(k, v)
  return `/history/${encodeURIComponent(a.by)}?${p}`
}

export const server = {
  known: () => ask<Known>('GET', '/history'),
  history: (a: Asked, language: Language, signal: AbortSignal) => ask<History>('GET', question(a, language), undefined, { signal }),
  file: (a: Asked, language: Language, format: 'csv' | 'xlsx', rows: 'steps' | 'subjects') => `/api/v1${question({ ...a, compare: '' }, language, { format, rows, excel: format === 'csv' ? 'true' : '' })}`,
}
