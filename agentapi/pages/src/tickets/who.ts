/** Who did something, and what became of a field, in words. */

import { instant, plain, spoken, when } from '../lib/format.ts'
import { coded, settings } from '../lib/settings.svelte.ts'
import { directory } from './directory.svelte.ts'
import { different, others } from './timeline.ts'
import type { By, Change } from './wire.ts'

/** byWhom names who did something. */
export function byWhom(by: By | undefined): string {
  const t = settings.t.tickets
  if (!by) return ''
  if (by.kind === 'rule') return t.by_rule
  if (by.kind === 'customer') return t.by_customer
  const name = plain(by.name, 80) || directory.person(by.id) || (by.kind === 'call' ? t.by_call : '')
  return by.for ? `${name} ${t.on_behalf(directory.person(by.for))}` : name
}

/** labelled names a field of the history. */
export function labelled(field: string): string {
  const t = settings.t
  return field === 'owner' ? t.ticket.owner : field === 'next' ? t.tickets.columns.next : (t.tickets.fields[field] ?? field)
}

/** valued is a field's value as the history has it, in words. */
export function valued(field: string, value: string, now: number): string {
  const t = settings.t.tickets
  if (!value) return ''
  switch (field) {
    case 'phase':
      return coded(t.phases, value)
    case 'awaits':
      return coded(t.awaits, value)
    case 'class':
      return coded(t.classes, value)
    case 'priority':
      return t.priorities[value] ?? value
    case 'disposition':
      return coded(t.dispositions, value)
    case 'department':
      return directory.department(value)
    case 'topic':
      return directory.topic(value)
    case 'reply_channel':
      return coded(t.choices, value)
    case 'owner': {
      const name = directory.person(value)
      return name === value ? directory.department(value) : name
    }
    case 'customer':
      return directory.customer(value)
    case 'parent':
    case 'into':
      return spoken(value)
    case 'language':
      return coded(t.languages, value)
    case 'solved_by':
      return directory.person(value)
    default:
      return /^\d{4}-\d\d-\d\dT/.test(value) && instant(value) !== null ? when(value, now, settings.language) : plain(value, 200)
  }
}

/** told is a change in words: what was done, to which other tickets, and what became different. */
export function told(c: Pick<Change, 'kind' | 'patch' | 'details'>, now: number, most = 3): { what: string; diffs: string[]; others: string[] } {
  const t = settings.t.tickets
  return {
    what: coded(t.history, c.kind),
    diffs: different(c).slice(0, most).map((d) => `${labelled(d.field)}: ${t.from_to(valued(d.field, d.was, now), valued(d.field, d.is, now))}`),
    others: others(c),
  }
}
