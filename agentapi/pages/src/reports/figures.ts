import { percent, type Language } from '../lib/format.ts'
import type { ReportTexts } from './texts.ts'
import type { Column } from './wire.ts'

type Unit = Column['unit']

/** figure writes a figure in its unit. */
export function figure(v: number | null | undefined, unit: Unit, language: Language, t: ReportTexts): string {
  if (v === null || v === undefined || Number.isNaN(v)) return t.no_value
  if (unit === 'share') return percent(v) ?? t.no_value
  if (unit === 'seconds') return lasting(v, language, t)
  return v.toLocaleString(language, { maximumFractionDigits: 1 })
}

/** lasting writes seconds in the two units that matter: "3 d 4 h". */
export function lasting(seconds: number, language: Language, t: ReportTexts): string {
  const s = Math.round(seconds)
  const d = Math.floor(s / 86_400)
  const h = Math.floor((s % 86_400) / 3600)
  const m = Math.floor((s % 3600) / 60)
  const n = (x: number) => x.toLocaleString(language)
  if (d >= 100) return `${n(d)} ${t.d}`
  if (d) return `${n(d)} ${t.d}${h ? ` ${h} ${t.h}` : ''}`
  if (h) return `${h} ${t.h}${m ? ` ${m} ${t.min}` : ''}`
  return m ? `${m} ${t.min}` : `${s} ${t.s}`
}

/** changed says how a figure differs from before: in parts of what it was, a share in points; '' where nobody can say. */
export function changed(now: number | null | undefined, before: number | null | undefined, unit: Unit, language: Language): string {
  if (now === null || now === undefined || before === null || before === undefined) return ''
  const signed = (v: number) => (v > 0 ? '+' : v < 0 ? '−' : '±') + Math.abs(v).toLocaleString(language, { maximumFractionDigits: 0 })
  if (unit === 'share') return `${signed(Math.round((now - before) * 100))} ${language === 'ru' ? 'п.п.' : 'pp'}`
  return before === 0 ? '' : `${signed(Math.round(((now - before) / before) * 100))}\u202f%`
}

/** top is the end of an axis from zero: round, and not below the greatest value. */
export function top(values: (number | null)[], unit: Unit): number {
  const most = Math.max(0, ...values.map((v) => v ?? 0))
  if (unit === 'share') return 1
  if (most === 0) return 1
  const step = unit === 'seconds' ? secondsSteps.find((s) => most <= s * 4) ?? most / 4 : nice(most / 4)
  return Math.ceil(most / step - 1e-9) * step
}

const secondsSteps = [15, 60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 2 * 86_400, 5 * 86_400, 10 * 86_400, 30 * 86_400, 100 * 86_400, 365 * 86_400]

/** nice is the next of 1, 2, 5, 10, 20 … */
function nice(v: number): number {
  const tens = 10 ** Math.floor(Math.log10(Math.max(v, 1)))
  return [1, 2, 5, 10].map((n) => n * tens).find((n) => n >= v) ?? 10 * tens
}

/** ticks are the places of an axis that are named, from zero up. */
export function ticks(end: number): number[] {
  const parts = [4, 5, 3, 2].find((n) => Number.isInteger(end / n)) ?? 4
  const n = end < 4 && Number.isInteger(end) ? end : parts
  return Array.from({ length: n + 1 }, (_, i) => (end * i) / n)
}

/** named is which of so many labels are written so that they do not touch: every n-th. */
export const named = (count: number, fit: number): number => Math.max(1, Math.ceil(count / Math.max(fit, 1)))
