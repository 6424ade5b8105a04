/**
 * A ticket that is looked at, with all that belongs to it. What one does to it goes to the server as a command, once, for the version that was
 * seen; where a colleague was faster, what they did is shown, and the command can be sent again.
 */

import { newKey } from '../lib/stream.ts'
import { Failure, type FieldError } from '../lib/wire.ts'
import { live } from './live.svelte.ts'
import { server } from './server.ts'
import { directory } from './directory.svelte.ts'
import { join, news, read, seen, type Seen } from './timeline.ts'
import type { Change, Item, TicketFile } from './wire.ts'

/** What stands against a command, until it is sent again or given up. */
export interface Against {
  command: string
  failure: unknown
  fields: FieldError[]
  /** What colleagues have done since the sender looked; null where that is not what stands against it. */
  since: Change[] | null
}

export class Matter {
  readonly number: string
  file = $state.raw<TicketFile | null>(null)
  items = $state.raw<Item[]>([])
  problem = $state.raw<unknown>(null)
  /** The command that is on its way. */
  busy = $state<string | null>(null)
  against = $state.raw<Against | null>(null)
  loadingEarlier = $state(false)

  /** What this tab has done itself: versions, and files by id. */
  own = $state.raw<ReadonlySet<number | string>>(new Set())

  #earlier = $state('')
  #reads = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #deaf: () => void = () => {}
  #keys = new Map<string, string>() // of commands of which nobody knows whether they were carried out

  constructor(number: string) {
    this.number = number
  }

  get missing(): boolean {
    return this.problem instanceof Failure && this.problem.problem.status === 404
  }

  get hasEarlier(): boolean {
    return this.#earlier !== ''
  }

  may(command: string): boolean {
    return this.file?.may?.includes(command) ?? false
  }

  open(): void {
    this.#deaf = live.listen({
      changed: (c) => c.number === this.number && c.version > (this.file?.version ?? 0) && this.#soon(),
      resync: () => this.file && void this.read(),
    })
    void this.read()
  }

  close(): void {
    this.#deaf()
    clearTimeout(this.#timer)
  }

  async read(): Promise<void> {
    const n = ++this.#reads
    try {
      const file = await server.file(this.number)
      if (n === this.#reads && file.version >= (this.file?.version ?? 0)) this.#take(file)
      this.problem = null
    } catch (e) {
      if (n === this.#reads) this.problem = e
    }
  }

  /** earlier reads older items of the story. */
  async earlier(): Promise<void> {
    if (!this.#earlier || this.loadingEarlier) return
    this.loadingEarlier = true
    try {
      const more = await server.earlier(this.number, this.#earlier)
      this.items = join(read(more.items), this.items)
      this.#earlier = more.next_cursor ?? ''
    } catch {
      // the button stays
    } finally {
      this.loadingEarlier = false
    }
  }

  /** seen is what there is to be seen now: whoever begins to write notes it. */
  get seen(): Seen {
    return seen(this.file?.version ?? 0, this.items)
  }

  /** since is what has come since then, and was not done in this tab. */
  since(then: Seen): Item[] {
    return news(this.items, then, this.own)
  }

  /** did notes what this tab has done by another way than a command. */
  did(what: number | string): void {
    this.own = new Set([...this.own, what])
  }

  /**
   * send gives a command, and says whether it was carried out. What stands against it is in `against`. A few commands are given to another
   * ticket, of which this one is a part of the matter: then `to` is that one, as it was seen.
   */
  async send(command: string, body: Record<string, unknown>, to: { number: string; version: number } | null = null): Promise<boolean> {
    if (!this.file || this.busy) return false
    const about = to ?? { number: this.number, version: this.file.version }
    const what = JSON.stringify([about.number, command, body])
    const key = this.#keys.get(what) ?? newKey()
    this.#keys.set(what, key)
    this.busy = command
    this.against = null
    try {
      const file = await server.command(about.number, command, body, command === 'note' ? 0 : about.version, key)
      this.#keys.delete(what)
      this.#reads++
      if (file?.ticket?.number === this.number) {
        this.did(file.version)
        this.#take(file)
      } else await this.read()
      return true
    } catch (e) {
      const problem = e instanceof Failure ? e.problem : null
      if (problem?.status && problem.status < 500) this.#keys.delete(what) // it was refused, and not carried out
      const stale = problem?.status === 412
      if (stale) await this.read()
      this.against = { command, failure: e, fields: problem?.errors ?? [], since: stale ? (problem.since ?? []) : null }
      return false
    } finally {
      this.busy = null
    }
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.read()
    }, 200)
  }

  #take(file: TicketFile): void {
    const fresh = read(file.timeline?.items)
    if (!this.file) this.#earlier = file.timeline?.next_cursor ?? ''
    // Where more came than one answer holds, those between are asked for from its end.
    if (this.file && fresh.length && !fresh.some((i) => this.items.some((k) => k.id === i.id))) {
      this.items = []
      this.#earlier = file.timeline?.next_cursor ?? ''
    }
    directory.know([file.customer, file.ticket.customer])
    this.file = file
    this.items = join(this.items, fresh)
  }
}
