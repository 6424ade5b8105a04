/** Customers found by what is typed into one field: asked a moment after the last key, and an answer to an older question is never shown. */

import { Failure } from '../lib/wire.ts'
import { server } from './server.ts'
import type { Customer, Found, How } from './wire.ts'

export const pause = 200 // milliseconds
const atOnce = 20

type Find = (q: string, cursor: string, limit: number, signal: AbortSignal) => Promise<Found>

export class CustomerSearch {
  typed = $state('')
  /** Those found; null where nothing was looked for. */
  found = $state.raw<Customer[] | null>(null)
  how = $state<How>('exact')
  busy = $state(false)
  problem = $state.raw<unknown>(null)

  #next = $state('')
  #asked = '' // what those found were looked for by
  #timer: ReturnType<typeof setTimeout> | undefined
  #asking: AbortController | null = null
  #find: Find
  #limit: number

  constructor(limit = atOnce, find: Find = server.find) {
    this.#limit = limit
    this.#find = find
  }

  get more(): boolean {
    return this.#next !== ''
  }

  /** type takes what stands in the field now. */
  type(text: string): void {
    this.typed = text
    this.stop()
    if (!text.trim()) this.clear()
    else this.#timer = setTimeout(() => void this.now(), pause)
  }

  /** now asks at once: for what is shown already where that is the answer, it does nothing. */
  async now(): Promise<void> {
    const q = this.typed.trim()
    this.stop()
    if (!q || (q === this.#asked && this.found && !this.problem)) return
    await this.#ask(q, '', (f) => {
      this.found = f.items ?? []
      this.how = f.how ?? 'exact'
    })
  }

  /** next adds the page that follows. */
  async next(): Promise<void> {
    if (!this.#next || this.busy) return
    await this.#ask(this.#asked, this.#next, (f) => {
      const known = new Set((this.found ?? []).map((c) => c.id))
      this.found = [...(this.found ?? []), ...(f.items ?? []).filter((c) => !known.has(c.id))]
    })
  }

  clear(): void {
    this.stop()
    this.typed = this.#asked = this.#next = ''
    this.found = null
    this.problem = null
  }

  /** stop gives up what is on its way. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#asking?.abort()
    this.#asking = null
    this.busy = false
  }

  async #ask(q: string, cursor: string, take: (f: Found) => void): Promise<void> {
    this.stop()
    const asking = (this.#asking = new AbortController())
    this.busy = true
    this.problem = null
    try {
      const f = await this.#find(q, cursor, this.#limit, asking.signal)
      if (this.#asking !== asking) return
      this.#asked = q
      this.#next = f.next_cursor ?? ''
      take(f)
    } catch (e) {
      if (this.#asking !== asking || (e instanceof Failure && e.code === 'cancelled')) return
      this.problem = e
    } finally {
      if (this.#asking === asking) {
        this.#asking = null
        this.busy = false
      }
    }
  }
}
