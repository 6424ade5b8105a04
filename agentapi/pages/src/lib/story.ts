/** How a call was routed, as it is shown. */

import type { Story } from './wire.ts'

type Considered = NonNullable<Story['agents']>[number]

const order = ['has_it', 'free', 'kept_free', 'not_preferred', 'declined', 'busy', 'desk_away', 'not_ready', 'phone_unreachable', 'lacks_skills']
const place = (a: Considered) => (order.indexOf(a.standing) + order.length + 1) % (order.length + 1) // a standing that this page does not know comes last

/** nearest puts those first who are nearest to taking the call, and cuts the list: thousands may be signed in. */
export function nearest(agents: Story['agents'], most: number): { shown: Considered[]; more: number } {
  const all = [...(agents ?? [])].sort((a, b) => place(a) - place(b) || (a.rank ?? 0) - (b.rank ?? 0) || a.agent.name.localeCompare(b.agent.name))
  return { shown: all.slice(0, most), more: Math.max(0, all.length - most) }
}

/** sought says what somebody looks for: a ticket's number is digits, spaced as it is spoken, and all else is a call's id. */
export function sought(typed: string): { ticket: string } | { call: string } | null {
  const text = typed.replace(/\s+/g, '')
  if (!text) return null
  return /^\d+$/.test(text) ? { ticket: text } : { call: text }
}
