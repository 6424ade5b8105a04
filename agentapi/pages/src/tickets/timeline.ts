/** A ticket's story as one line of time, the latest last: calls, what people wrote, files, and changes, which are folded. Pure. */

import type { Change, ChangeItem, Item, RawItem } from './wire.ts'

export type Told = { kind: 'item'; id: string; item: Exclude<Item, ChangeItem> } | { kind: 'changes'; id: string; items: ChangeItem[] }

/** read takes items as the server sends them: what an item is about comes to lie beside its id and time. */
export function read(raw: RawItem[] | null | undefined): Item[] {
  return (raw ?? []).map((r) => {
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

/** news are the items of a fresh story that the known one does not have, without what one has done oneself. */
export function news(known: Item[], fresh: Item[], self: string): Item[] {
  const ids = new Set(known.map((i) => i.id))
  return fresh.filter((i) => !ids.has(i.id) && !(self && i.by?.id === self))
}

// What a change says of a field that only machines read.
const silent = new Set(['step', 'solved_at', 'owner_kind', 'reply_address', 'reminded', 'closed'])

/** different are the fields of a change that people read, with what they were and are. */
export function different(c: Pick<Change, 'patch'>): { field: string; was: string; is: string }[] {
  return Object.entries(c.patch ?? {})
    .filter(([field]) => !silent.has(field) && !/^(part|promise|vendor|review|link)\./.test(field))
    .map(([field, [was, is]]) => ({ field, was, is }))
    .sort((a, b) => (a.field < b.field ? -1 : 1))
}

/** places are what a template's text leaves open, as {name}. */
const place = /\{(\w{1,40})\}/g

/** fillIn puts values into the places of a template. A place for which nothing is known stays, so that its writer sees it. */
export function fillIn(text: string, values: Record<string, string | undefined>): string {
  return text.replace(place, (whole, name: string) => (Object.hasOwn(values, name) && values[name]) || whole)
}
