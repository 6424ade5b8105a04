/**
 * What an agent has left behind a call that is over and the server does not have yet: a wrap-up that it did not take, a note whose time ran out while
 * the page was away, what was chosen of the ticket while the database was. It stays in the tab until the server has it, or the agent lets it go.
 */

import { describe } from '../desk/about.ts'
import { Matter } from '../tickets/matter.svelte.ts'
import { describes, dirty, goesAlong, readDraft, wrapUpOf, type Draft } from './draft.ts'
import { kept } from './kept.ts'
import { movedOn } from './outcome.ts'
import { Failure } from './wire.ts'

export interface Unsaved {
  call: string
  ticket: string
  draft: Draft
  /** The wrap-up is with the server, and only the ticket's description is left. */
  filed?: boolean
  /** The outcome that was chosen and not applied, as the ticket had moved on: it stays until the agent has seen that. */
  unapplied?: string
  /** It is tried again by itself: what stood against it passes. */
  again?: boolean
  /** What stands against it, in words; null while it is on its way for the first time. */
  why: string | null
}

export interface Ways {
  /** send files a wrap-up. */
  send: (wrapUp: Record<string, unknown>) => Promise<void>
  /** Whether an outcome closes its ticket. */
  closing: (disposition: string) => boolean
  now: () => number
  words: (why: unknown) => string
  /** What is said where a colleague has changed the same of the ticket. */
  clash: () => string
}

export class UnsavedWork {
  /** Oldest first. */
  all = $state.raw<Unsaved[]>(readUnsaved(kept.get('unsaved', 'tab')))
  #ways: Ways
  #busy = new Set<string>()
  #closed = false

  constructor(ways: Ways) {
    this.#ways = ways
  }

  /** close ends what this keeps in the tab: an answer that comes later must not bring back what a sign-out has forgotten. */
  close(): void {
    this.#closed = true
  }

  /** first is what the agent is to deal with. */
  get first(): Unsaved | null {
    return this.all.find((u) => u.why !== null) ?? null
  }

  keep(u: Unsaved): void {
    this.#set([...this.all.filter((other) => other.call !== u.call), u])
  }

  drop(u = this.first): void {
    this.#set(this.all.filter((other) => other.call !== u?.call))
  }

  /** again tries what waits for something that passes. */
  again(): void {
    for (const u of this.all) if (u.again) void this.retry(u)
  }

  /** retry sends it once more. Where the ticket has moved on since, its wrap-up leaves the ticket as it is: the note alone is added, and the agent is told. */
  async retry(u = this.first): Promise<void> {
    if (!u || this.#busy.has(u.call)) return
    this.#busy.add(u.call)
    try {
      await this.#retry(u)
    } catch (why) {
      this.#still(u.call, { why: this.#ways.words(why), again: passes(why) })
    } finally {
      this.#busy.delete(u.call)
    }
  }

  async #retry(u: Unsaved): Promise<void> {
    const matter = new Matter(u.ticket)
    await matter.read()
    const draft: Draft = { ...u.draft }
    let unapplied = u.unapplied
    if (!u.filed) {
      if (draft.disposition && !matter.file && !matter.missing) throw matter.problem
      const leaves = !matter.file || movedOn(draft.seen, matter.file.ticket)
      const along = !leaves && goesAlong(draft, matter.file?.version)
      await this.#ways.send(wrapUpOf({ ...draft, wrote: along, ...(leaves && { disposition: '' }) }, { closing: this.#ways.closing, late: true, now: this.#ways.now() }))
      if (along) draft.wrote = false
      const was = matter.items.some((i) => i.type === 'contact' && i.call === u.call && i.disposition === draft.disposition) // the answer alone was lost
      if (leaves && draft.disposition && !was) unapplied = draft.disposition
      this.#still(u.call, { draft, filed: true, unapplied })
    }
    const done = () => (unapplied ? this.#still(u.call, { draft, why: '', again: false }) : this.drop(u))
    if (!describes(draft)) return done()
    if (!matter.file) throw matter.problem
    const is = await describe(matter, draft)
    if (is.end === 'nothing' || is.end === 'saved') done()
    else if (is.end === 'clash') this.#still(u.call, { draft: { ...draft, base: matter.file.version }, why: this.#ways.clash(), again: false })
    else this.#still(u.call, { draft, why: this.#ways.words(is.why), again: is.end === 'later' })
  }

  #still(call: string, more: Partial<Unsaved>): void {
    this.#set(this.all.map((u) => (u.call === call ? { ...u, ...more } : u)))
  }

  #set(all: Unsaved[]): void {
    this.all = all
    if (!this.#closed) kept.set('unsaved', all.length ? JSON.stringify(all) : null, 'tab')
  }
}

/** unsavedTickets are those about which this tab keeps something of a call: what is unsaved, and what is being typed. '' is one whose number nobody knows. */
export function unsavedTickets(): string[] {
  const draft = readDraft(kept.get('draft', 'tab'))
  return [...new Set([...readUnsaved(kept.get('unsaved', 'tab')).map((u) => u.ticket), ...(draft && dirty(draft) ? [draft.ticket ?? ''] : [])])]
}

/** passes says whether what stands against something passes by itself: a link or a database that is away. */
function passes(why: unknown): boolean {
  const status = why instanceof Failure ? (why.problem.status ?? 500) : 0
  return status >= 500 || status === 429
}

/** readUnsaved is what the tab keeps; what was on its way as the page went is for the agent to see. */
export function readUnsaved(stored: string | null): Unsaved[] {
  try {
    const all = JSON.parse(stored ?? '[]') as Unsaved[]
    return Array.isArray(all) ? all.filter((u) => typeof u?.draft?.note === 'string').map((u) => ({ ...u, why: u.why ?? '' })) : []
  } catch {
    return []
  }
}
