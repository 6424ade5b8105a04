/** What comes over REST about customers, as the contract names it. Fields that are absent are treated as empty. */

import type { Named, TicketLine } from '../lib/wire.ts'
import type { By } from '../tickets/wire.ts'

export interface Contract {
  number: string
  agreement?: string
  /** Its last day, as in 2027-01-31. */
  ends_on?: string
  expired?: boolean
}

/** A person or company. */
export interface Customer {
  id: string
  name: string
  contract?: string
  address?: string
  numbers?: string[] | null
  mails?: string[] | null
  addresses?: string[] | null
  contracts?: Contract[] | null
  equipment?: string[] | null
  notes?: string[] | null
  warnings?: string[] | null
  external_id?: string
  /** Made from the number of an unknown caller; nobody has said who it is. */
  provisional?: boolean
  version?: number
}

/** How customers were found: as it was typed, typed on the wrong keyboard, or with a typing error. */
export type How = 'exact' | 'layout' | 'alike'

export interface Found {
  items: Customer[] | null
  how?: How
  next_cursor?: string
}

export interface CustomerContact {
  id: string
  channel?: string
  ticket?: string
  at: string
  ended_at?: string | null
  from?: string
  topic?: string
  agent?: string
  outcome?: string
  disposition?: string
  note?: string
}

/** Somebody who was merged into a customer. */
export interface Merging {
  id: string
  merged: string
  name?: string
  into: string
  at: string
  by?: string
  tickets?: number
  contacts?: number
}

/** Somebody who may be the same, and why. */
export interface Double {
  customer: Customer
  why: string[]
}

/** What a merge would do. */
export interface MergePreview {
  merged: Customer
  into: Customer
  after: Customer
  tickets: number
  contacts: number
}

/** An open promise to a customer. */
export interface PromiseTo {
  ticket: string
  n: number
  what: string
  to?: string
  channel?: string
  due: string
  person?: string
  department?: string
}

export interface CustomerFile {
  customer: Customer
  /** Of their numbers that others have, too: how many customers have it. */
  shared?: Record<string, number> | null
  promises?: PromiseTo[] | null
  open_tickets?: TicketLine[] | null
  contacts?: CustomerContact[] | null
  merged?: Merging[] | null
}

/** A line of a customer's history: by field what it was, and what it is. */
export interface CustomerChange {
  version: number
  at: string
  by?: By
  kind: string
  data?: Record<string, string> | null
  patch?: Record<string, [unknown, unknown]> | null
}

/** A file of customers, and how far it is. */
export interface Import {
  id: string
  name: string
  size: number
  /** So many bytes are done, in this state. */
  read: number
  state: 'checking' | 'checked' | 'importing' | 'done' | 'failed' | 'stopped'
  by?: string
  /** That is who is signed in. */
  mine?: boolean
  /** The names in the first line, and what each is read as; '-' is left out. */
  columns?: { name: string; holds: string }[] | null
  at: string
  rows: number
  counts: Record<string, number>
  error?: string
}

/** What becomes of a row of the file. */
export interface ImportRow {
  line: number
  name?: string
  /** Why it is not taken, in English, and by language. */
  why?: string
  words?: Named
  patch?: CustomerChange['patch']
}

/** An agreement that a contract may name. */
export interface Agreement {
  id: string
  name?: Named
}

/** What the server says where somebody else has changed a customer meanwhile (412). */
export interface StaleCustomer {
  version: number
  customer: Customer
  since: CustomerChange[] | null
}
