/** What one finds to do between calls, from the lists of tickets. Pure. */

import { instant } from '../lib/format.ts'
import type { TicketRow } from '../tickets/wire.ts'

/** Piles are shown in this order; a ticket stands in the first that it belongs to. */
export const piles = ['due', 'promised', 'returned', 'callback', 'free'] as const
export type Pile = (typeof piles)[number]
export type Work = Record<Pile, TicketRow[]>

/** endOfDay is when today ends for whoever looks at the page. */
export function endOfDay(now: number): number {
  const d = new Date(now)
  d.setHours(24, 0, 0, 0)
  return d.getTime()
}

/** dueToday are those of one's own whose next date is today, or has passed; those that wait for the customer's word are not for now. */
export const dueToday = (mine: TicketRow[], now: number): TicketRow[] =>
  mine.filter((r) => r.phase !== 'solved' && (instant(r.next_at) ?? Infinity) < endOfDay(now))

/** sorted gives each ticket one place, and each pile its order: what is due first stands first. */
export function sorted(found: Work, most: number): Work {
  const seen = new Set<string>()
  const due = (r: TicketRow, pile: Pile) => instant(pile === 'promised' ? r.promise_due : r.next_at) ?? Infinity
  const work = {} as Work
  for (const pile of piles) {
    const own = found[pile].filter((r) => !seen.has(r.number)).sort((a, b) => due(a, pile) - due(b, pile) || a.number.localeCompare(b.number))
    for (const r of own) seen.add(r.number)
    work[pile] = own.slice(0, most)
  }
  return work
}
