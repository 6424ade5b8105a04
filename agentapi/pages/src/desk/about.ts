/** What a ticket is about, written while one talks: which of it is not in the ticket yet, and whether a colleague has meant something else. */

import { describes, type AboutField, type Draft } from '../lib/draft.ts'
import { Failure } from '../lib/wire.ts'
import type { Matter } from '../tickets/matter.svelte.ts'
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

/** What becomes of a description: it is in the ticket, or will be tried again, or is refused, or a colleague has changed the same meanwhile. */
export type Described = { end: 'nothing' | 'saved' | 'later' | 'refused'; why?: unknown } | { end: 'clash'; since: Change[] }

/**
 * describe writes what of a draft is not in its ticket yet, and takes it out of the draft. It goes for the version that the agent saw as they began:
 * a colleague's word is never written over unseen.
 */
export async function describe(matter: Matter, draft: Draft, tries = 3): Promise<Described> {
  if (!matter.file || matter.busy) return { end: 'later', why: matter.problem ?? undefined }
  const left = unsaved(draft, matter.file.ticket, draft.wrote ?? false)
  if (!Object.keys(left).length) {
    Object.assign(draft, { about: {}, base: undefined }, draft.subject.trim() && { wrote: false })
    return { end: 'nothing' }
  }
  if (!matter.may('describe')) return { end: 'refused', why: new Failure({ code: 'forbidden' }) }
  if (await matter.send('describe', body(left), { number: matter.number, version: draft.base ?? matter.file.version })) {
    if (draft.subject.trim() === left.subject) draft.wrote = false
    if (left.subject) draft.saw = left.subject
    draft.about = Object.fromEntries(Object.entries(draft.about ?? {}).filter(([f, v]) => left[f as AboutField] !== v))
    draft.base = describes(draft) ? matter.file.version : undefined
    return { end: 'saved' }
  }
  const against = matter.against
  matter.against = null
  if (!against) return { end: 'later' } // another command was on its way
  if (against.since && collides(left, against.since).length) return { end: 'clash', since: against.since }
  if (against.since && tries > 0) {
    draft.base = matter.file.version
    return describe(matter, draft, tries - 1)
  }
  const status = against.failure instanceof Failure ? (against.failure.problem.status ?? 500) : 500
  return { end: against.since || status >= 500 || status === 429 ? 'later' : 'refused', why: against.failure }
}
