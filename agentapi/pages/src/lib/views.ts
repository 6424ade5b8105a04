/** Lists that somebody has saved: of tickets, and of calls. */

import { ask, items } from './api.ts'

/** SavedView is a list that somebody has saved: its name, and the query by which its page shows it. */
export interface SavedView {
  id: string
  name: string
  query: string
}

/** Kept is a view as the server keeps it: the parameters of a list, by name. */
interface Kept {
  id: string
  of?: string
  name: string
  query: Record<string, string> | null
}

/** savedViews are those of one kind; written is a query as its page writes it, always in the same order. */
export const savedViews = (of: 'tickets' | 'calls', written: (query: string) => string) => ({
  list: (): Promise<SavedView[]> =>
    ask<Kept[] | { items: Kept[] }>('GET', '/views').then((answer) =>
      items(answer).filter((v) => (v.of ?? 'tickets') === of).map((v) => ({ id: v.id, name: v.name, query: written('?' + new URLSearchParams(v.query ?? {})) })),
    ),
  save: (v: SavedView) => ask<void>('PUT', `/views/${encodeURIComponent(v.id)}`, { of, name: v.name, query: Object.fromEntries(new URLSearchParams(v.query)) }),
  drop: (id: string) => ask<void>('DELETE', `/views/${encodeURIComponent(id)}`),
})

/** fresh is a view of a query by a name, which nobody has saved yet. */
export const freshView = (name: string, query: string): SavedView => ({ id: crypto.randomUUID?.() ?? String(Date.now()), name, query })
