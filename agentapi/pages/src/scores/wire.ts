/** What comes over REST about reviews of calls, and what answers are worth while they are given. */

import { ask } from '../lib/api.ts'
import type { Worded } from '../history/wire.ts'

export interface Criterion { id: string; title: Worded; kind: 'yes_no' | 'scale'; weight: number; optional?: boolean; fails_all?: boolean }
export interface Form { id: string; title: Worded; sections: { title: Worded; criteria: Criterion[] }[] }
export interface Answer { criterion: string; value: number | null; note?: string; /** Where in the recording it is heard, in seconds. */ at_s?: number }
export interface Score { share: number | null; failed?: string[] }
export interface Review { by: string; answers: Answer[]; note?: string; submitted_at: string | null; score: Score }
export interface Objection { text: string; at: string; answer?: string; by?: string; answered_at?: string }
export interface Card {
  id: string
  call: string
  agent: string
  agent_name: string
  queue?: string
  queue_name?: Worded | null
  form: Form
  begun_at: string
  reviews: Review[]
  objection?: Objection
  names: Record<string, string>
  differences: { criterion: string; first: number | null; second: number | null }[]
  may: ('review' | 'object' | 'answer')[]
}
export interface Cards { items: Card[]; next_cursor: string }

/** Given is what somebody answers on the page: 'na', a number, or nothing yet. */
export type Given = Record<string, { value: number | 'na' | null; note: string; at?: number | undefined }>

export const criteria = (f: Form): Criterion[] => f.sections.flatMap((s) => s.criteria)
export const choices = (c: Criterion): (number | 'na')[] => [...(c.kind === 'yes_no' ? [1, 0] : [1, 2, 3, 4, 5]), ...(c.optional ? (['na'] as const) : [])]

/** given is a review as the page edits it. */
export function given(f: Form, r: Review | undefined): Given {
  return Object.fromEntries(criteria(f).map((c) => {
    const a = r?.answers.find((x) => x.criterion === c.id)
    return [c.id, { value: a ? (a.value ?? 'na') : null, note: a?.note ?? '', ...(a?.at_s !== undefined && { at: a.at_s }) }]
  }))
}

/** answers are what is sent: what is not answered yet is left out. */
export const answers = (f: Form, g: Given): Answer[] =>
  criteria(f).filter((c) => g[c.id] && g[c.id]!.value !== null).map((c) => {
    const { value, note, at } = g[c.id]!
    return { criterion: c.id, value: value === 'na' ? null : value, ...(note.trim() && { note: note.trim() }), ...(at !== undefined && { at_s: at }) }
  })

/** open are the criteria that are not answered. */
export const open = (f: Form, g: Given): Criterion[] => criteria(f).filter((c) => (g[c.id]?.value ?? null) === null)

/** score is what the server will say of answers: the mean between worst and best by weight, without what is n/a. */
export function score(f: Form, all: Answer[]): Score {
  let sum = 0
  let weight = 0
  const failed: string[] = []
  for (const c of criteria(f)) {
    const v = all.find((a) => a.criterion === c.id)?.value ?? null
    if (v === null) continue
    const low = c.kind === 'yes_no' ? 0 : 1
    const high = c.kind === 'yes_no' ? 1 : 5
    sum += (c.weight * (v - low)) / (high - low)
    weight += c.weight
    if (c.fails_all && v === low) failed.push(c.id)
  }
  return { share: weight === 0 ? null : failed.length ? 0 : sum / weight, ...(failed.length && { failed }) }
}

export const bys = ['agent', 'queue', 'week', 'month'] as const
export interface CriterionFigure { id: string; title: Worded; kind: 'yes_no' | 'scale'; answers: number; mean: number | null; pairs: number; shift: number | null; apart: number | null }
export interface Figures { reviews: number; share: number | null; criteria: CriterionFigure[] }
export interface FiguresAnswer { form: string; title: Worded; from: string; to: string; by: (typeof bys)[number]; total: Figures; rows: ({ key: string; name: Worded } & Figures)[] }

/** FiguresAsked is what is shown of figures, as the address has it; '' is the usual. */
export interface FiguresAsked { form: string; by: (typeof bys)[number]; from: string; to: string }

export interface Sample { form: string; week: string; each: number; items: { call: string; agent: string; agent_name: string; at: string; card?: string }[] }

/** readFigures reads an address; what is odd in it is left out. */
export function readFigures(query: string): FiguresAsked {
  const p = new URLSearchParams(query)
  const date = (name: string) => (/^\d{4}-\d\d-\d\d$/.test(p.get(name) ?? '') ? p.get(name)! : '')
  return { form: (p.get('form') ?? '').slice(0, 64), by: bys.find((b) => b === p.get('by')) ?? 'agent', from: date('from'), to: date('to') }
}

/** writeFigures writes it, always in the same order. */
export function writeFigures(a: FiguresAsked): string {
  const p = new URLSearchParams({ show: 'figures' })
  for (const f of ['form', 'by', 'from', 'to'] as const) if (a[f]) p.set(f, a[f])
  return p.toString()
}

function question(a: FiguresAsked, language: string, more: Record<string, string> = {}): string {
  const p = new URLSearchParams({ language, by: a.by })
  for (const f of ['form', 'from', 'to'] as const) if (a[f]) p.set(f, a[f])
  for (const [k, v] of Object.entries(more)) p.set(k, v)
  return `/scorecards/figures?${p}`
}

/** filled is how far a criterion is from its worst to its best, 0 to 1. */
export const filled = (c: CriterionFigure): number => (c.mean === null ? 0 : c.kind === 'yes_no' ? c.mean : (c.mean - 1) / 4)

const at = (id: string) => `/scorecards/${encodeURIComponent(id)}`
export const server = {
  forms: () => ask<{ items: Form[] }>('GET', '/scorecards/forms'),
  sample: () => ask<Sample>('GET', '/scorecards/sample'),
  figures: (a: FiguresAsked, language: string) => ask<FiguresAnswer>('GET', question(a, language)),
  file: (a: FiguresAsked, language: string, format: 'csv' | 'xlsx') => `/api/v1${question(a, language, { format, ...(format === 'csv' && { excel: 'true' }) })}`,
  cards: (call: string, cursor: string) => ask<Cards>('GET', `/scorecards?${new URLSearchParams({ ...(call && { call }), ...(cursor && { cursor }) })}`),
  card: (id: string) => ask<Card>('GET', at(id)),
  begin: (call: string, form: string) => ask<Card>('POST', '/scorecards', { call, form }),
  fill: (id: string, answers: Answer[], note: string, submit: boolean) => ask<Card>('PUT', `${at(id)}/review`, { answers, note, submit }),
  object: (id: string, text: string) => ask<Card>('POST', `${at(id)}/objection`, { text }),
  answer: (id: string, text: string) => ask<Card>('POST', `${at(id)}/answer`, { text }),
}
