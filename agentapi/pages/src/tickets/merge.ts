/**
 * How a list that is looked at takes in what has changed. Rows never move under the cursor: those shown are changed in their places, those that
 * belong here no longer stay until the list is read anew, and those that have come wait outside, to be let in by a click. Pure.
 */

import type { TicketRow } from './wire.ts'

export interface Shown {
  rows: TicketRow[]
  /** By number: rows that belong to the list no longer. */
  gone: ReadonlySet<string>
  /** Rows that have come since, by number. */
  fresh: ReadonlyMap<string, TicketRow>
}

export const nothing: Shown = { rows: [], gone: new Set(), fresh: new Map() }

/** begin shows a list's first page. */
export const begin = (rows: TicketRow[]): Shown => ({ rows, gone: new Set(), fresh: new Map() })

/** append adds the page that follows. A row that has moved down meanwhile is shown once, where it was. */
export function append(s: Shown, page: TicketRow[]): Shown {
  const known = new Set(s.rows.map((r) => r.number))
  const added = page.filter((r) => !known.has(r.number))
  if (!added.some((r) => s.fresh.has(r.number))) return { ...s, rows: [...s.rows, ...added] }
  const fresh = new Map(s.fresh)
  for (const r of added) fresh.delete(r.number)
  return { ...s, rows: [...s.rows, ...added], fresh }
}

/**
 * absorb takes in what the server says of some tickets: `rows` are those of `asked` that match the list now. The others do not.
 * An older version never replaces a newer one.
 */
export function absorb(s: Shown, asked: Iterable<string>, rows: TicketRow[]): Shown {
  const said = new Map(rows.map((r) => [r.number, r]))
  const at = new Map(s.rows.map((r, i) => [r.number, i]))
  const shown = [...s.rows]
  const gone = new Set(s.gone)
  const fresh = new Map(s.fresh)
  for (const number of asked) {
    const row = said.get(number)
    const i = at.get(number)
    if (row && i !== undefined) {
      gone.delete(number)
      if (row.version >= shown[i]!.version) shown[i] = row
    } else if (row) fresh.set(number, row)
    else if (i !== undefined) gone.add(number)
    else fresh.delete(number)
  }
  return { rows: shown, gone, fresh }
}

/** step is the row that is `by` rows from the chosen one; the first where none is chosen any more. */
export function step(rows: TicketRow[], chosen: string | null, by: number): string | null {
  if (!rows.length) return null
  const i = rows.findIndex((r) => r.number === chosen)
  if (i < 0) return rows[0]!.number
  return rows[Math.max(0, Math.min(rows.length - 1, i + by))]!.number
}
