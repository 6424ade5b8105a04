/** A ticket's story as one line of time, the latest last: calls, what people wrote, files, and changes, which are folded. Pure. */

import type { Change, ChangeItem, ContactItem, Item, RawItem, TicketFile } from './wire.ts'

export type Told = { kind: 'item'; id: string; item: Exclude<Item, ChangeItem> } | { kind: 'changes'; id: string; items: ChangeItem[] }

/** read takes items as the server sends them: what an item is about comes to lie beside its id and time. That a file came the file itself says. */
export function read(raw: RawItem[] | null | undefined): Item[] {
  return (raw ?? []).filter((r) => r.change?.kind !== 'file.added').map((r) => {
    const about = r[r.type] ?? {}
    const own = r.type === 'contact' ? { call: about.id, agent: about.agent_name || about.agent } : r.type === 'file' ? { file: about.id } : {}
    const { contact: _c, change: _h, entry: _e, file: _f, ...placed } = r
    return { ...about, ...own, ...placed } as unknown as Item
  })
}

/** join puts items together that came in several answers: each once, as it came last, in the order of time. */
export function join(known: Item[], more: Item[]): Item[] {
  const all = new Map(known.map((i) => [i.id, i]))
  for (const i of more) all.set(i.id, i)
  return [...all.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

/** fold puts changes that follow each other into one. */
export function fold(items: Item[]): Told[] {
  const told: Told[] = []
  for (const item of items) {
    const last = told.at(-1)
    if (item.type !== 'change') told.push({ kind: 'item', id: item.id, item })
    else if (last?.kind === 'changes') last.items.push(item)
    else told.push({ kind: 'changes', id: item.id, items: [item] })
  }
  return told
}

/** What the writer of a draft had seen as they began. */
export interface Seen {
  version: number
  /** The time of the last thing in the story: calls and files have no version. */
  at: number
}

/** seen is what is there to be seen of a story now. */
export const seen = (version: number, items: Item[]): Seen => ({ version, at: Math.max(0, ...items.map((i) => Date.parse(i.at) || 0)) })

/**
 * news are the items that have come since somebody began to write. What this tab has done itself is none; what the same person has done elsewhere is.
 * `own` are the versions that commands of this tab have made, and the ids of files that it has brought.
 */
export function news(items: Item[], since: Seen, own: ReadonlySet<number | string>): Item[] {
  return items.filter((i) => {
    const version = i.type === 'change' || i.type === 'entry' ? i.version : undefined
    if (version !== undefined) return version > since.version && !own.has(version)
    return Date.parse(i.at) > since.at && !(i.type === 'file' && own.has(i.file ?? i.id))
  })
}

/**
 * unanswered are the calls of a story, but for the one that is on, whose callers left a message, and with whom nobody has talked since: a letter, or a call that
 * did not reach them, is no answer. Who cannot be told by their number may be anybody.
 */
export function unanswered(items: Item[], now: string): ContactItem[] {
  let left: ContactItem[] = []
  for (const c of items) {
    if (c.type !== 'contact' || c.call === now) continue
    const talked = c.channel === 'visit' || c.channel === 'phone' || (c.channel === 'call' && (c.outcome === 'served' || c.outcome === 'sent_on'))
    if (talked) left = left.filter((m) => m.from && c.from && m.from !== c.from)
    else if (c.recordings) left.push(c)
  }
  return left
}

// What a change says of a field that only machines read.
const silent = new Set(['step', 'solved_at', 'owner_kind', 'reply_address', 'reminded', 'closed', 'solved_by'])
// What people look for first.
const ranked = ['phase', 'awaits', 'disposition', 'owner', 'department', 'next', 'customer', 'subject', 'topic', 'class', 'priority', 'escalated', 'reopened', 'parent', 'into']
const rank = (field: string) => (ranked.indexOf(field) + 1 || ranked.length + 1)

/** different are the fields of a change that people read, the weightiest first, with what they were and are. */
export function different(c: Pick<Change, 'patch'>): { field: string; was: string; is: string }[] {
  return Object.entries(c.patch ?? {})
    .filter(([field]) => !silent.has(field) && !/^(part|promise|vendor|review|link)\./.test(field))
    .map(([field, [was, is]]) => ({ field, was, is }))
    .sort((a, b) => rank(a.field) - rank(b.field) || (a.field < b.field ? -1 : 1))
}

/** others are the numbers of the other tickets that a change was about: merged, split off, linked, or an incident and its parts. */
export function others(c: Pick<Change, 'patch' | 'details'>): string[] {
  const said = ['into', 'merged', 'from', 'unmerged', 'to', 'child', 'child_gone'].map((k) => (c.details && Object.hasOwn(c.details, k) ? c.details[k]! : ''))
  const linked = Object.keys(c.patch ?? {}).flatMap((field) => /^link\.(.+)$/.exec(field)?.[1] ?? [])
  return [...new Set([...said, ...linked])].filter((n) => /^\d{1,20}$/.test(n))
}

/** Along is what goes along with a ticket that goes on in another. */
export interface Along {
  contacts: number
  parts: number
  promises: number
  vendors: number
  reviews: number
}

/** goesAlong counts it: its contacts, as far as they are shown, and what is open of it. */
export const goesAlong = (f: TicketFile, items: Item[]): Along => ({
  contacts: items.filter((i) => i.type === 'contact').length,
  parts: (f.parts ?? []).filter((p) => p.state === 'open' || p.state === 'returned').length,
  promises: (f.promises ?? []).filter((p) => p.state === 'open').length,
  vendors: (f.vendors ?? []).filter((v) => v.state === 'asked').length,
  reviews: (f.reviews ?? []).filter((r) => r.state === 'open').length,
})
