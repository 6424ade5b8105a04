/** Days of contracts, which have no hour and no time zone. */

import type { Language } from '../lib/format.ts'

/** day writes a day such as 2027-01-31 as people read it; what is none stays as it came. */
export function day(date: string | undefined, language: Language): string {
  const m = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date ?? '')
  if (!m) return date ?? ''
  return new Date(Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3]))).toLocaleDateString(language, { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' })
}
