/**
 * A ticket that is looked at, with all that belongs to it. What one does to it goes to the server as a command, once, for the version that was
 * seen; where a colleague was faster, what they did is shown, and the command can be sent again.
 */

import { newKey } from '../lib/stream.ts'
import { Failure, type FieldError } from '../lib/wire.ts'
import { live } from './live.svelte.ts'
import { server } from './server.ts'
import { join, news, read } from './timeline.ts'
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
  /** What has come since one began to write, and was not one's own. */
  arrived = $state.raw<Item[]>([])
  problem = $state.raw<unknown>(null)
  /** The command that is on its way. */
  busy = $state<string | null>(null)
  against = $state.raw<Against | null>(null)
  loadingEarlier = $state(false)

  #self: string
  #earlier = $state('')
  #reads = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #deaf: () => void = () => {}
  #keys = new Map<string, string>() // of commands of which nobody knows whether they were carried out

  constructor(number: string, self: string) {
    this.number = number
    this.#self = self
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

  /** send gives a command, and says whether it was carried out. What stands against it is in `against`. */
  async send(command: string, body: Record<string, unknown>): Promise<boolean> {
    if (!this.file || this.busy) return false
    const what = JSON.stringify([command, body])
    const key = this.#keys.get(what) ?? newKey()
    this.#keys.set(what, key)
    this.busy = command
    this.against = null
    try {
      const file = await server.command(this.number, command, body, command === 'note' ? 0 : this.file.version, key)
      this.#keys.delete(what)
      this.#reads++
      if (file?.ticket) this.#take(file)
      else await this.read()
      this.arrived = []
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

  /** written says that nothing is being written any more: what comes is no news. */
  written(): void {
    this.arrived = []
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.read()
    }, 200)
  }

  #take(file: TicketFile): void {
    const fresh = read(file.timeline?.items)
    if (this.file) this.arrived = [...this.arrived, ...news(this.items, fresh, this.#self)]
    else this.#earlier = file.timeline?.next_cursor ?? ''
    // Where more came than one answer holds, those between are asked for from its end.
    if (this.file && fresh.length && !fresh.some((i) => this.items.some((k) => k.id === i.id))) {
      this.items = []
      this.#earlier = file.timeline?.next_cursor ?? ''
    }
    this.file = file
    this.items = join(this.items, fresh)
  }
}
