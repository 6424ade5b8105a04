import { ask } from '../lib/api.ts'
import type { Language } from '../lib/format.ts'

export interface Worded { ru: string; en: string }
export interface Column { key: string; title: Worded; rule: Worded; unit: 'count' | 'share' | 'seconds' }
export interface KnownReport { name: string; title: Worded; rule: Worded; groups: { id: string; name: Worded }[]; columns: Column[] }
export interface Known { items: KnownReport[]; departments: { id: string; name: Worded }[]; all_departments: boolean; zone: string; today: string; repeat_days: number }
export type Figures = (number | null)[]
export interface Report {
  name: string
  group: string
  from: string
  to: string
  zone: string
  as_of: string
  columns: string[]
  rows: { key: string; name: string; figures: Figures }[]
  total: Figures
  before: { from: string; to: string; total: Figures } | null
}

/** Asked is what the page shows, as its address has it. */
export interface Asked { report: string; period: string; from: string; to: string; group: string; department: string; figure: string }

const fields = ['report', 'period', 'from', 'to', 'group', 'department', 'figure'] as const

export function readAsked(query: string): Asked {
  const p = new URLSearchParams(query)
  const asked = Object.fromEntries(fields.map((f) => [f, p.get(f) ?? ''])) as unknown as Asked
  if (asked.from && asked.to) asked.period = 'days'
  else if (!['today', 'week', 'month', 'quarter', 'year'].includes(asked.period)) asked.period = 'month'
  return asked
}

export function writeAsked(a: Asked): string {
  const p = new URLSearchParams()
  for (const f of fields) {
    if (!a[f] || (f === 'period' && a.period === 'days') || ((f === 'from' || f === 'to') && a.period !== 'days')) continue
    p.set(f, a[f])
  }
  return p.size ? `?${p}` : ''
}

/** question is what the server is asked; more says in which form. */
export function question(a: Asked, language: Language, more: Record<string, string> = {}): string {
  const p = new URLSearchParams({ language, ...(a.period === 'days' ? { from: a.from, to: a.to } : { period: a.period }) })
  if (a.group) p.set('group', a.group)
  if (a.department) p.set('department', a.department)
  for (const [k, v] of Object.entries(more)) p.set(k, v)
  return `/reports/${encodeURIComponent(a.report)}?${p}`
}

export const server = {
  known: () => ask<Known>('GET', '/reports'),
  report: (a: Asked, language: Language, signal: AbortSignal) => ask<Report>('GET', question(a, language, { before: 'true' }), undefined, { signal }),
  file: (a: Asked, language: Language, format: 'csv' | 'xlsx') => `/api/v1${question(a, language, { format, ...(format === 'csv' && { excel: 'true' }) })}`,
}
