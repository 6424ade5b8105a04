/**
 * A customer's past: their contacts and the tickets that were opened, in one order, the newest first. Both come in pages of their own; what is shown
 * ends where one of them has more to say, so that nothing is put in between afterwards. Pure.
 */

import type { TicketRow } from '../tickets/wire.ts'
import type { CustomerContact } from './wire.ts'

export type Past = { at: string; id: string } & ({ contact: CustomerContact } | { ticket: TicketRow })

/** Known is what has come of one kind, the newest first, and whether there is more. */
export interface Known<T> {
  items: T[]
  more: boolean
}

/** together is what can be shown of both. */
export function together(contacts: Known<CustomerContact>, tickets: Known<TicketRow>): Past[] {
  const c: Past[] = contacts.items.map((contact) => ({ at: contact.at, id: `c${contact.id}`, contact }))
  const t: Past[] = tickets.items.map((ticket) => ({ at: ticket.opened_at ?? '', id: `t${ticket.number}`, ticket }))
  const end = Math.max(c.length || contacts.more ? bound(contacts.more, c) : -Infinity, t.length || tickets.more ? bound(tickets.more, t) : -Infinity)
  return [...c, ...t].filter((p) => time(p) >= end).sort((a, b) => time(b) - time(a) || (a.id < b.id ? 1 : -1))
}

/** lacking says which kind is to be asked for more: the one whose end stands in the other's way. null: there is no more. */
export function lacking(contacts: Known<CustomerContact>, tickets: Known<TicketRow>): 'contacts' | 'tickets' | null {
  if (!contacts.more && !tickets.more) return null
  if (!contacts.more) return 'tickets'
  if (!tickets.more) return 'contacts'
  const [c, t] = [contacts.items.at(-1)?.at, tickets.items.at(-1)?.opened_at]
  return (c ? Date.parse(c) : Infinity) >= (t ? Date.parse(t) : Infinity) ? 'contacts' : 'tickets'
}

const time = (p: Past) => Date.parse(p.at) || 0
const bound = (more: boolean, all: Past[]) => (more ? (all.length ? time(all.at(-1)!) : Infinity) : -Infinity)
