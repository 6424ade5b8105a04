/** What comes over REST about calls, what the pages ask, and how it stands in their addresses. */

import { ask } from '../lib/api.ts'
import { savedViews } from '../lib/views.ts'
import type { Language } from '../lib/format.ts'
import type { Named } from '../lib/wire.ts'

export interface NamedAgent { id: string; name: string }
export interface CallRow {
  call: string
  at: string
  ended_at: string | null
  number: string
  number_name: string
  customer: { id: string; name: string } | null
  ticket: string
  queue: string
  queue_name?: Named
  agent: NamedAgent | null
  /** Of a call that was passed on: all who talked, in order. */
  agents?: NamedAgent[] | null
  asked?: NamedAgent[] | null
  outcome: string
  lost_by: '' | 'caller' | 'agent'
  disposition: string
  /** The agent who made the call of their own accord, and why. */
  called_by?: NamedAgent | null
  reason?: string
  reason_name?: Named
  waited_s: number | null
  talk_s: number | null
  messages: number
}
export type StepKind = 'flow' | 'queue' | 'ring' | 'talk' | 'hold' | 'consult' | 'help' | 'wrap_up' | 'decided' | 'survey' | 'message' | 'lost' | 'restart'
export interface Step {
  kind: StepKind
  at: string
  until: string | null
  lasts?: boolean
  agent?: NamedAgent
  queue?: string
  queue_name?: Named
  path?: Named[]
  how?: string
  why?: Named
  about?: Named
  mark?: number
  of?: number
  end?: Named
}
export interface CallFile extends CallRow {
  dialled: string
  topic: string
  note: string
  steps: Step[]
  partial: boolean
}
export interface Calls { items: CallRow[]; next_cursor: string; count?: number }
export interface Choices { queues: { id: string; name: Named }[]; agents: NamedAgent[]; reasons: { id: string; name: Named }[] }

/** Asked is which calls are shown, as the page's address has it. */
export type Asked = Record<(typeof fields)[number], string>

export const fields = ['period', 'from', 'to', 'number', 'queue', 'agent', 'outcome', 'disposition', 'reason', 'longer', 'shorter', 'ticket', 'customer'] as const
export const spans = ['today', 'week', 'month', 'all', 'days'] as const
export const abandoned = 'abandoned'
const abandonedOnes = ['abandoned_in_greeting', 'abandoned_in_menu', 'abandoned_in_queue', 'abandoned_ringing']
const isDay = (s: string) => /^\d{4}-\d\d-\d\d$/.test(s)

/** readAsked reads an address; what is odd in it is left out. */
export function readAsked(query: string): Asked {
  const p = new URLSearchParams(query)
  const a = Object.fromEntries(fields.map((f) => [f, (p.get(f) ?? '').trim().slice(0, 100)])) as Asked
  if (isDay(a.from) && isDay(a.to)) a.period = 'days'
  else {
    a.from = a.to = ''
    if (!['today', 'week', 'month', 'all'].includes(a.period)) a.period = 'week'
  }
  return a
}

/** writeAsked writes it, always in the same order. */
export function writeAsked(a: Asked): string {
  const p = new URLSearchParams()
  for (const f of fields) if (a[f] && !(f === 'period' && a.period === 'days')) p.set(f, a[f])
  return `?${p}`
}

/** shownList is what the list showed last, so that whoever comes back from a call finds it. */
export const shownList = { query: '' }

/** conditions are how many there are beside the period. */
export const conditions = (a: Asked): number => fields.slice(3).filter((f) => a[f]).length

/** span is the time of a period: from its beginning, and before its end where it has one. Days are those of this browser's clock. */
export function span(a: Asked, now: Date): { from?: string; to?: string } {
  const day = (d: Date, plus: number) => new Date(d.getFullYear(), d.getMonth(), d.getDate() + plus).toISOString()
  if (a.period === 'days') return { from: day(new Date(`${a.from}T12:00:00`), 0), to: day(new Date(`${a.to}T12:00:00`), 1) }
  const back = { today: 0, week: 6, month: 30 }[a.period]
  return back === undefined ? {} : { from: day(now, -back) }
}

/** question is what the server is asked; more says in which form. */
export function question(a: Asked, now: Date, more: Record<string, string> = {}): URLSearchParams {
  const p = new URLSearchParams({ ...span(a, now) })
  for (const f of ['number', 'queue', 'agent', 'disposition', 'reason', 'ticket', 'customer'] as const) if (a[f]) p.set(f, a[f])
  if (a.outcome) p.set('outcome', a.outcome === abandoned ? abandonedOnes.join(',') : a.outcome)
  for (const [f, name] of [['longer', 'longer_s'], ['shorter', 'shorter_s']] as const) {
    const minutes = Number(a[f].replace(',', '.'))
    if (a[f] && minutes >= 0) p.set(name, String(Math.round(minutes * 60)))
  }
  for (const [k, v] of Object.entries(more)) if (v) p.set(k, v)
  return p
}

export const server = {
  list: (a: Asked, now: Date, cursor: string, signal: AbortSignal) => ask<Calls>('GET', `/calls/past?${question(a, now, { cursor, count: cursor ? '' : 'true' })}`, undefined, { signal }),
  file: (a: Asked, now: Date, language: Language, format: 'csv' | 'xlsx') => `/api/v1/calls/past/export?${question(a, now, { language, format, excel: format === 'csv' ? 'true' : '' })}`,
  call: (id: string) => ask<CallFile>('GET', `/calls/${encodeURIComponent(id)}`),
  /** recorded are those calls of a list of whose talk there is a recording that may be heard. */
  recorded: async (rows: CallRow[]) => (rows.length ? (await ask<{ items: { call: string }[] }>('GET', `/recordings?${new URLSearchParams({ call: rows.map((r) => r.call).join(','), limit: '200' })}`)).items.map((r) => r.call) : []),
  choices: () => ask<Choices>('GET', '/calls/choices'),
  views: savedViews('calls', (query) => writeAsked(readAsked(query))),
}

/** whoTalked names all who talked, in order; '' where nobody did. */
export function whoTalked(r: Pick<CallRow, 'agent' | 'agents' | 'asked'>): string {
  const had = r.agents?.length ? r.agents.map((a) => a.name).join(' → ') : (r.agent?.name ?? '')
  return [had, ...(r.asked ?? []).map((a) => a.name)].join(' + ')
}
