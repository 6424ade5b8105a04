/** A customer whose page is open, with all that is theirs. Each part comes by itself: what one of them lacks leaves the others in their places. */

import { Failure } from '../lib/wire.ts'
import type { Rows, TicketRow } from '../tickets/wire.ts'
import { lacking, together } from './past.ts'
import { server } from './server.ts'
import type { Customer, CustomerChange, CustomerContact, CustomerFile, Double } from './wire.ts'

interface Paged<T> {
  items: T[]
  more: boolean
  next: string
}
const unread = <T>(): Paged<T> => ({ items: [], more: true, next: '' })

export class PersonOf {
  readonly id: string
  file = $state.raw<CustomerFile | null>(null)
  open = $state.raw<TicketRow[]>([])
  moreOpen = $state(false)
  doubles = $state.raw<Double[]>([])
  changes = $state.raw<CustomerChange[] | null>(null)
  problem = $state.raw<unknown>(null)
  busy = $state(false)
  loading = $state(false)

  #contacts = $state.raw<Paged<CustomerContact>>(unread())
  #tickets = $state.raw<Paged<TicketRow>>(unread())
  #reads = 0

  constructor(id: string) {
    this.id = id
  }

  get customer(): Customer | null {
    return this.file?.customer ?? null
  }
  get missing(): boolean {
    return this.problem instanceof Failure && this.problem.problem.status === 404
  }
  get past() {
    return together(this.#contacts, this.#tickets)
  }
  get more(): boolean {
    return lacking(this.#contacts, this.#tickets) !== null
  }

  /** read reads all of it, from its beginning. */
  async read(): Promise<void> {
    const n = ++this.#reads
    try {
      const file = await server.view(this.id)
      if (n !== this.#reads) return
      this.file = file
      this.problem = null
    } catch (e) {
      if (n === this.#reads) this.problem = e
      return
    }
    this.#contacts = unread()
    this.#tickets = unread()
    const id = this.customer?.id ?? this.id // of the survivor, where they were merged
    const take = <T>(ask: Promise<T>, into: (answer: T) => void) => ask.then((a) => void (n === this.#reads && into(a)), (e) => void (n === this.#reads && (this.problem = e)))
    await Promise.all([
      take<Rows>(server.open(id), (a) => ((this.open = a.items ?? []), (this.moreOpen = Boolean(a.next_cursor)))),
      take(server.doubles(id), (a) => (this.doubles = a)),
      this.earlier(),
    ])
  }

  /** earlier adds a page to the past: of what stands in the way of showing more. */
  async earlier(): Promise<void> {
    if (this.loading) return
    const n = this.#reads
    const id = this.customer?.id ?? this.id
    const shown = this.past.length
    this.loading = true
    try {
      for (let kind = lacking(this.#contacts, this.#tickets); kind && n === this.#reads && this.past.length < shown + 20; kind = lacking(this.#contacts, this.#tickets)) {
        if (kind === 'contacts') {
          const a = await server.contacts(id, this.#contacts.next)
          this.#contacts = { items: [...this.#contacts.items, ...(a.items ?? [])], next: a.next_cursor ?? '', more: Boolean(a.next_cursor) }
        } else {
          const a = await server.tickets(id, this.#tickets.next)
          this.#tickets = { items: [...this.#tickets.items, ...(a.items ?? [])], next: a.next_cursor ?? '', more: Boolean(a.next_cursor) }
        }
      }
    } catch (e) {
      this.problem = e
    } finally {
      this.loading = false
    }
  }

  /** history reads who has changed them, the latest first. */
  async history(): Promise<void> {
    try {
      const all: CustomerChange[] = []
      for (let page: CustomerChange[]; all.length < 2000; ) {
        page = (await server.changes(this.customer?.id ?? this.id, all.at(-1)?.version ?? 0)).items ?? []
        all.push(...page)
        if (page.length < 200) break
      }
      this.changes = all.reverse()
    } catch (e) {
      this.problem = e
    }
  }

  /** undo parts them from somebody who was merged into them. */
  async undo(merge: string): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    try {
      await server.undoMerge(merge)
      this.changes = null
      await this.read()
      return true
    } catch (e) {
      this.problem = e
      return false
    } finally {
      this.busy = false
    }
  }
}
