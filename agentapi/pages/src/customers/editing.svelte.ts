/**
 * A customer who is being written down or changed. What is typed is kept like any draft, goes to the server once, and stays in its fields
 * whatever the server says; where a colleague was faster, both changes are brought together (see rebase) and sent again by a click.
 */

import { newKey } from '../lib/stream.ts'
import { Failure, type FieldError } from '../lib/wire.ts'
import type { Drafts } from '../tickets/drafts.ts'
import { changed, editOf, formOf, placeOf, rebase, tidy, type Both, type Field, type Form } from './record.ts'
import { server } from './server.ts'
import type { Customer, CustomerChange, StaleCustomer } from './wire.ts'

/** Where drafts of a panel are kept. */
export interface Place {
  drafts: Drafts
  /** The ticket's number in whose panel it is typed, or a name of another place. */
  of: string
}

interface Kept {
  form: Form
  base: Partial<Customer>
  key: string
}

export class Editing {
  form = $state<Form>(formOf())
  busy = $state(false)
  failure = $state.raw<unknown>(null)
  /** What a colleague has done meanwhile; null where nobody was faster. */
  since = $state.raw<CustomerChange[] | null>(null)
  against = $state.raw<Both['against']>({})
  /** Into whom they were merged while somebody typed, by id; '' where they were not. */
  mergedInto = $state('')
  /** The browser keeps no drafts. */
  unkept = $state(false)
  /** What stood there unsent as it was opened again. */
  readonly restored: boolean

  #base = $state.raw<Partial<Customer>>({})
  #place: Place
  #name: string
  #key = newKey()
  #timer: ReturnType<typeof setTimeout> | undefined
  #first: Form

  /** customer is whom it is about; nobody is a new one, in whose form `first` stands already. */
  constructor(place: Place, customer: Customer | null, first: Partial<Customer> = {}) {
    this.#place = place
    this.#name = draftName(customer)
    this.#base = customer ?? {}
    this.#first = formOf(customer ?? first)
    this.form = formOf(customer ?? first)
    const kept = read(place, this.#name)
    this.restored = kept !== null
    if (!kept) return
    this.#key = kept.key
    this.form = kept.form
    if (customer && kept.base.version !== customer.version) this.#onto(customer, formOf(kept.base))
  }

  get isNew(): boolean {
    return !this.#base.id
  }

  get customer(): Partial<Customer> {
    return this.#base
  }

  /** Whether anything was typed that is not sent. */
  get dirty(): boolean {
    return changed(this.#first, this.form).length > 0
  }

  get errors(): FieldError[] {
    return this.failure instanceof Failure ? (this.failure.problem.errors ?? []) : []
  }

  /** wrong is what the server says of a field, or of one of its entries. */
  wrong(field: Field, at: number | null = null, part = ''): FieldError | undefined {
    return this.errors.find((e) => {
      const p = placeOf(e.field)
      return p?.field === field && p.at === at && (p.part === part || !p.part)
    })
  }

  /** typed keeps what stands in the form, a moment later. */
  typed(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.keep(), 250)
  }

  keep(): void {
    clearTimeout(this.#timer)
    const text = this.dirty ? JSON.stringify({ form: this.form, base: this.#base, key: this.#key } satisfies Kept) : ''
    this.unkept = !this.#place.drafts.write(this.#place.of, this.#name, { text, base: this.#base.version ?? 0, at: Date.now() })
  }

  /** discard throws away what was typed. */
  discard(): void {
    clearTimeout(this.#timer)
    this.#place.drafts.drop(this.#place.of, this.#name)
  }

  /** save sends it, and answers the customer as they are then; null where something stands against it. */
  async save(): Promise<Customer | null> {
    if (this.busy) return null
    this.form = tidy(this.form) // so that places in it are those that the server names
    this.keep()
    const edit = editOf(this.#base, this.form)
    this.busy = true
    this.failure = null
    this.since = null
    try {
      const c = this.isNew ? await server.add(edit, this.#key) : Object.keys(edit).length ? await server.change(this.#base.id!, this.#base.version, edit) : (this.#base as Customer)
      this.discard()
      this.against = {}
      this.#base = c
      this.#first = formOf(c)
      this.form = formOf(c)
      return c
    } catch (e) {
      await this.#refused(e)
      return null
    } finally {
      this.busy = false
    }
  }

  async #refused(e: unknown): Promise<void> {
    this.failure = e
    if (!(e instanceof Failure)) return
    const status = e.problem.status ?? 0
    if (status === 404 && !this.isNew) return this.#merged()
    if (status === 412) {
      const said = e.problem as unknown as StaleCustomer
      this.failure = null
      this.#onto(said.customer)
      this.since = said.since ?? []
    } else if (status >= 400 && status < 500) this.#key = newKey() // it was refused, and nobody was made
    this.keep()
  }

  /** #merged finds who they are now, who were merged into another while somebody typed. */
  async #merged(): Promise<void> {
    try {
      const { customer } = await server.view(this.#base.id!)
      if (customer.id === this.#base.id) return
      this.discard()
      this.#name = draftName(customer)
      this.failure = null
      this.#onto(customer)
      this.mergedInto = customer.id
      this.keep()
    } catch {
      // what stood against it is said
    }
  }

  #onto(now: Customer, was: Form = formOf(this.#base)): void {
    const both = rebase(was, this.form, formOf(now))
    this.#base = now
    this.#first = formOf(now)
    this.form = both.form
    this.against = both.against
  }
}

const draftName = (c: Customer | null) => (c ? `customer-${c.id}` : 'customer')

/** lies says whether something lies unsent about a customer (or a new one) in a place. */
export const lies = (place: Place, customer: Customer | null): boolean => read(place, draftName(customer)) !== null

function read(place: Place, name: string): Kept | null {
  try {
    const kept = JSON.parse(place.drafts.read(place.of, name)?.text ?? 'null') as Kept | null
    if (!kept?.form || typeof kept.key !== 'string') return null
    return { form: { ...formOf(), ...kept.form }, base: kept.base ?? {}, key: kept.key }
  } catch {
    return null
  }
}
