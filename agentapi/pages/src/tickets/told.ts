/** What a person is told of tickets, as a bell keeps it: the server's rows, and what the stream has said that no row has yet. Pure. */

export interface Notice {
  /** Of a row: its number as text. */
  id: string
  at: string
  kind: string
  number: string
  /** Which of the ticket's things it is about: "part.2". */
  about?: string
  due?: string | null
  seen: boolean
}

/** A row as the server has it. */
export interface NoticeRow {
  id: number
  ticket: string
  kind: string
  about?: string
  due?: string | null
  at: string
  seen_at?: string | null
}

/** mostKept is how many a bell keeps. */
export const mostKept = 100

const said = 's:'

export const ofRow = (r: NoticeRow): Notice => ({ id: String(r.id), at: r.at, kind: r.kind, number: r.ticket, ...(r.about && { about: r.about }), due: r.due ?? null, seen: Boolean(r.seen_at) })

/** heard is what the stream says; it has no row's number. */
export const heard = (id: string, at: string, number: string, kind: string): Notice => ({ id: said + id, at, kind, number, seen: false })

/** last is the number of the latest row that is known. */
export const last = (all: Notice[]): number => Math.max(0, ...all.filter((n) => !n.id.startsWith(said)).map((n) => Number(n.id)))

/** join takes rows in, the latest first. A row stands in place of what the stream said of the same ticket. What was seen stays seen. */
export function join(known: Notice[], rows: Notice[]): { all: Notice[]; fresh: Notice[] } {
  const old = new Map(known.map((n) => [n.id, n]))
  const tickets = new Set(rows.filter((r) => !r.seen).map((r) => r.number))
  const kept = known.filter((n) => !rows.some((r) => r.id === n.id) && !(n.id.startsWith(said) && tickets.has(n.number)))
  const taken = rows.map((r) => ({ ...r, seen: r.seen || (old.get(r.id)?.seen ?? false) }))
  const all = [...kept, ...taken].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, mostKept)
  return { all, fresh: taken.filter((r) => !old.has(r.id) && !r.seen) }
}
