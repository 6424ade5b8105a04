/** What a person is told of tickets, as a bell keeps it: the rows that the server keeps, as they are asked for, or as the stream brings them. Pure. */

export interface Notice {
  id: number
  at: string
  kind: string
  number: string
  /** Whose whole department is told; absent where it is for this person alone. */
  department?: string
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
  department?: string
  about?: string
  due?: string | null
  at: string
  seen_at?: string | null
}

/** mostKept is how many a bell keeps. */
export const mostKept = 1000

export const ofRow = (r: NoticeRow): Notice => ({ id: r.id, at: r.at, kind: r.kind, number: r.ticket, ...(r.department && { department: r.department }), ...(r.about && { about: r.about }), due: r.due ?? null, seen: Boolean(r.seen_at) })

/** lookedAt are those that one has seen by looking at a ticket: one's own. What a department is told somebody of it must take up, and not only look at. */
export const lookedAt = (all: Notice[], number: string): Notice[] => all.filter((n) => n.number === number && !n.department)

/** join takes rows in, the latest first, each once. What was seen stays seen. `fresh` are those that were not known, and that nobody has seen. */
export function join(known: Notice[], rows: Notice[]): { all: Notice[]; fresh: Notice[] } {
  const old = new Map(known.map((n) => [n.id, n]))
  const taken = new Map(rows.map((r) => [r.id, { ...r, seen: r.seen || (old.get(r.id)?.seen ?? false) }]))
  const all = [...known.filter((n) => !taken.has(n.id)), ...taken.values()].sort((a, b) => b.id - a.id).slice(0, mostKept)
  return { all, fresh: [...taken.values()].filter((r) => !old.has(r.id) && !r.seen) }
}
