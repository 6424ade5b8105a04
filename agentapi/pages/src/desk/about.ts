/** What a ticket is about, written while one talks: which of it is not in the ticket yet, and whether a colleague has meant something else. Pure. */

import type { AboutField, Draft } from '../lib/draft.ts'
import type { Change, TicketRow } from '../tickets/wire.ts'

export type Field = 'subject' | AboutField

/** unsaved is what of a draft the ticket does not say yet, by field. The subject counts where it was touched, and an empty one never does. */
export function unsaved(d: Pick<Draft, 'subject' | 'about'>, ticket: Pick<TicketRow, 'subject' | AboutField>, written: boolean): Partial<Record<Field, string>> {
  const left: Partial<Record<Field, string>> = {}
  const subject = d.subject.trim()
  if (written && subject && subject !== (ticket.subject ?? '').trim()) left.subject = subject
  for (const [field, value] of Object.entries(d.about ?? {}) as [AboutField, string][]) if (value && value !== String(ticket[field] ?? '')) left[field] = value
  return left
}

/** body is what goes to the server. */
export const body = (left: Partial<Record<Field, string>>): Record<string, unknown> => ({ ...left, ...(left.priority && { priority: Number(left.priority) }) })

/** collides is which of the fields others have changed meanwhile: what they wrote is not written over unseen. */
export function collides(left: Partial<Record<Field, string>>, since: Change[]): Field[] {
  return (Object.keys(left) as Field[]).filter((f) => since.some((c) => c.patch && Object.hasOwn(c.patch, f)))
}
