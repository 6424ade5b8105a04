/**
 * A list of tickets that is looked at: it is read page by page, stays where it is while tickets change, and outlives its page, so that whoever
 * comes back from a ticket finds it as they left it.
 */

import { problemText } from '../lib/settings.svelte.ts'
import { freshView, type SavedView } from '../lib/views.ts'
import { Failure } from '../lib/wire.ts'
import { writeFilters, type Filters } from './filters.ts'
import { directory } from './directory.svelte.ts'
import { live } from './live.svelte.ts'
import { absorb, append, begin, nothing, step, type Shown } from './merge.ts'
import { server } from './server.ts'
import type { Counts, TicketChanged } from './wire.ts'

const most = 50 // changed tickets that are asked for at once

export class TicketList {
  filters = $state.raw<Filters | null>(null)
  shown = $state.raw<Shown>(nothing)
  /** Whether anything has been read for these filters. */
  read = $state(false)
  loading = $state(false)
  problem = $state('')
  counts = $state.raw<Counts>({})
  views = $state.raw<SavedView[]>([])
  /** The chosen row and those marked are tickets, not places: they stay through all that comes. */
  chosen = $state<string | null>(null)
  marked = $state.raw<ReadonlySet<string>>(new Set())
  /** How far the table is scrolled. */
  top = 0

  #cursor = $state('')
  #asking: AbortController | null = null
  #changed = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #counting: ReturnType<typeof setTimeout> | undefined
  #poll: ReturnType<typeof setInterval> | undefined
  #deaf: () => void = () => {}

  get more(): boolean {
    return this.#cursor !== ''
  }

  /** open listens to what changes. */
  open(): void {
    this.#deaf()
    this.#deaf = live.listen({ changed: (c) => this.#heard(c), resync: () => void this.resync() })
    clearInterval(this.#poll)
    this.#poll = setInterval(() => {
      if (document.visibilityState === 'visible') void this.#count()
      if (document.visibilityState === 'visible' && live.state !== 'live') void this.resync()
    }, 30_000)
    void this.#count()
    void this.#views()
  }

  close(): void {
    this.#deaf()
    clearInterval(this.#poll)
    clearTimeout(this.#timer)
    clearTimeout(this.#counting)
    this.#asking?.abort()
  }

  /** show reads another list, unless it is the one that is shown. */
  async show(f: Filters): Promise<void> {
    if (this.filters && writeFilters(f) === writeFilters(this.filters)) return
    this.filters = f
    this.shown = nothing
    this.read = false
    this.marked = new Set()
    await this.refresh()
  }

  /** refresh reads the list from its beginning; what was chosen and marked stays so, where it is still there. */
  async refresh(): Promise<void> {
    await this.#ask('', (rows) => {
      this.shown = begin(rows)
      this.top = 0
      this.read = true
      if (this.chosen && !rows.some((r) => r.number === this.chosen)) this.chosen = rows[0]?.number ?? null
      this.chosen ??= rows[0]?.number ?? null
    })
  }

  /** next reads the page that follows. */
  async next(): Promise<void> {
    if (this.loading || !this.#cursor) return
    await this.#ask(this.#cursor, (rows) => (this.shown = append(this.shown, rows)))
  }

  move(by: number): void {
    this.chosen = step(this.shown.rows, this.chosen, by)
  }

  mark(number: string, on = !this.marked.has(number)): void {
    const marked = new Set(this.marked)
    if (on) marked.add(number)
    else marked.delete(number)
    this.marked = marked
  }

  /** markTo marks all rows from the chosen one to another. */
  markTo(number: string): void {
    const rows = this.shown.rows
    const [a, b] = [rows.findIndex((r) => r.number === this.chosen), rows.findIndex((r) => r.number === number)]
    if (a < 0 || b < 0) return this.mark(number, true)
    this.marked = new Set([...this.marked, ...rows.slice(Math.min(a, b), Math.max(a, b) + 1).map((r) => r.number)])
  }

  markAll(on: boolean): void {
    this.marked = on ? new Set(this.shown.rows.filter((r) => !this.shown.gone.has(r.number)).map((r) => r.number)) : new Set()
  }

  /**
   * look asks what has become of some tickets. A search is done when somebody searches, and never again by itself: of what it has found is asked
   * only how it stands, not whether it would be found again.
   */
  async look(numbers: string[]): Promise<void> {
    const f = this.filters
    if (!f) return
    if (f.by.q) return this.#lookAt(f, numbers.filter((n) => this.shown.rows.some((r) => r.number === n)))
    for (let i = 0; i < numbers.length; i += most) {
      const asked = numbers.slice(i, i + most)
      try {
        const answer = (await server.those(f, asked)).items ?? []
        if (this.filters !== f) return
        const strange = answer.some((r) => !asked.includes(r.number)) // this server gives a first page
        const rows = answer.filter((r) => asked.includes(r.number))
        // A first page says of the rows that would stand in it, and of no others.
        const firsts = new Set(this.shown.rows.slice(0, answer.length).map((r) => r.number))
        this.shown = absorb(this.shown, strange ? asked.filter((n) => firsts.has(n) || rows.some((r) => r.number === n)) : asked, rows)
      } catch {
        return // the next change, or the poll, asks again
      }
    }
  }

  async #lookAt(f: Filters, numbers: string[]): Promise<void> {
    for (let i = 0; i < numbers.length; i += most) {
      const asked = numbers.slice(i, i + most)
      try {
        const rows = ((await server.those({ list: 'all', sort: '', by: {} }, asked)).items ?? []).filter((r) => asked.includes(r.number))
        if (this.filters !== f) return
        this.shown = absorb(this.shown, rows.map((r) => r.number), rows)
      } catch {
        return
      }
    }
  }

  /** resync looks at the first page, and at the rows around the chosen one. */
  async resync(): Promise<void> {
    const f = this.filters
    if (!f || !this.read) return
    if (f.by.q) return this.look(this.shown.rows.slice(0, most).map((r) => r.number))
    try {
      const rows = (await server.rows(f, '', new AbortController().signal)).items ?? []
      if (this.filters !== f) return
      this.shown = absorb(this.shown, rows.map((r) => r.number), rows)
      const firsts = this.shown.rows.slice(0, rows.length).map((r) => r.number)
      await this.look(firsts.filter((n) => !rows.some((r) => r.number === n)))
    } catch {
      // shown as it was; the stream and the poll come again
    }
    void this.#count()
  }

  async saveView(name: string): Promise<void> {
    if (!this.filters) return
    const view = freshView(name, writeFilters(this.filters))
    try {
      await server.views.save(view)
      this.views = [...this.views, view]
    } catch (e) {
      this.problem = problemText(e)
    }
  }

  async deleteView(id: string): Promise<void> {
    try {
      await server.views.drop(id)
      this.views = this.views.filter((v) => v.id !== id)
    } catch (e) {
      this.problem = problemText(e)
    }
  }

  #heard(c: TicketChanged): void {
    const known = this.shown.rows.find((r) => r.number === c.number)
    if (known && known.version >= c.version) return
    this.#changed.add(c.number)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const numbers = [...this.#changed]
      this.#changed.clear()
      void this.look(numbers)
    }, 400)
    this.#counting ??= setTimeout(() => {
      this.#counting = undefined
      void this.#count()
    }, 1500)
  }

  async #count(): Promise<void> {
    try {
      this.counts = await server.counts()
    } catch {
      // the old ones stay
    }
  }

  async #views(): Promise<void> {
    try {
      this.views = await server.views.list()
    } catch {
      // none
    }
  }

  async #ask(cursor: string, take: (rows: Shown['rows']) => void): Promise<void> {
    const f = this.filters
    if (!f) return
    this.#asking?.abort() // the answer to an earlier question is of no use
    const asking = (this.#asking = new AbortController())
    this.loading = true
    this.problem = ''
    try {
      const answer = await server.rows(f, cursor, asking.signal)
      if (this.#asking !== asking) return
      this.#cursor = answer.next_cursor ?? ''
      directory.know((answer.items ?? []).map((r) => r.customer))
      take(answer.items ?? [])
    } catch (e) {
      if (this.#asking !== asking || (e instanceof Failure && e.code === 'cancelled')) return
      this.problem = problemText(e)
    } finally {
      if (this.#asking === asking) this.loading = false
    }
  }
}
