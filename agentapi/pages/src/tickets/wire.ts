/** What comes over REST about tickets, as the contract names it. Fields that are absent are treated as empty. */

import type { Named, Problem } from '../lib/wire.ts'

export type Phase = 'new' | 'open' | 'in_work' | 'waiting' | 'solved' | 'closed'

/** The clock of a ticket that is nearest to breaking. */
export interface NearestClock {
  kind: string
  due?: string | null
  warn_at?: string | null
  broken?: boolean
  paused?: boolean
}

export interface TicketRow {
  number: string
  subject?: string
  customer?: { id: string; name?: string } | null
  phase: Phase
  awaits?: string
  state?: string
  owner?: string
  owner_kind?: string
  owner_name?: string
  department?: string
  department_name?: Named | string
  topic?: string
  topic_name?: Named | string
  caller?: string
  caller_name?: string
  class?: string
  priority?: number
  next_at?: string | null
  opened_at?: string
  activity_at?: string
  clock?: NearestClock | null
  promise_due?: string | null
  parts_open?: number
  reopened?: number
  escalated?: number
  version: number
}

export interface Rows {
  items: TicketRow[] | null
  next_cursor?: string
  as_of?: string
}

export const lists = ['mine', 'department', 'free', 'soon', 'overdue', 'promised', 'confirm', 'callback', 'complaints', 'waiting', 'vendor', 'returned', 'all'] as const
export type List = (typeof lists)[number]
export type Counts = Partial<Record<List, number>>

export interface By {
  kind: string
  id?: string
  name?: string
  for?: string
  from?: string
}

export type Patch = Record<string, [string, string]>

export interface Change {
  id?: string
  version?: number
  at: string
  by?: By
  kind: string
  patch?: Patch | null
  details?: Record<string, string> | null
}

interface Placed {
  id: string
  at: string
  by?: By
}

export interface ContactItem extends Placed {
  type: 'contact'
  call?: string
  channel?: string
  queue?: string
  agent?: string
  agent_name?: string
  from_name?: string
  outcome?: string
  disposition?: string
  note?: string
  /** How many messages the caller left. */
  recordings?: number
  from?: string
  /** The agent who made the call of their own accord, and why. */
  called_by?: string
  reason?: Named
  answered_at?: string | null
  ended_at?: string | null
}
export interface ChangeItem extends Placed {
  type: 'change'
  kind: string
  patch?: Patch | null
  details?: Record<string, string> | null
  version?: number
}
export interface EntryItem extends Placed {
  type: 'entry'
  kind: string
  version?: number
  internal?: boolean
  text: string
  channel?: string
  address?: string
}
export interface FileItem extends Placed {
  type: 'file'
  name: string
  size?: number
  internal?: boolean
  file?: string
  removed_at?: string
}
export type Item = ContactItem | ChangeItem | EntryItem | FileItem

/** An item as it comes: what it is about stands under its type's name. */
export interface RawItem extends Placed {
  type: Item['type']
  contact?: Record<string, unknown>
  change?: Record<string, unknown>
  entry?: Record<string, unknown>
  file?: Record<string, unknown>
}

export interface Part {
  n: number
  department: string
  owner?: string
  owner_name?: string
  department_name?: Named
  what: string
  due?: string
  state: string
  answer?: string
  by?: string
  given_at?: string
  done_at?: string
}
export interface Promised {
  n: number
  what: string
  to?: string
  channel?: string
  due?: string
  state: string
  person?: string
  department?: string
  first?: string
  moved?: number
  /** It goes on in another ticket, because of a merge. */
  went_on?: boolean
}
export interface VendorRequest {
  n: number
  vendor: string
  number?: string
  what?: string
  asked_at?: string
  promised?: string
  state: string
  answer?: string
  reminded?: number
}
export interface Review {
  n: number
  level?: number
  about?: string
  department?: string
  department_name?: Named
  reviewer?: string
  reviewer_name?: string
  complaint?: string
  due?: string
  state: string
  answer?: string
}
export interface Link {
  other: string
  kind: string
  subject?: string
  phase?: Phase
  /** It is not for the viewer: only its number is told. */
  hidden?: boolean
}
export interface FullClock extends NearestClock {
  n?: number
  department?: string
  agreement?: string
  allowed_s?: number
  used_s?: number
  started_at?: string
  ended_at?: string | null
  paused_by?: string
}
/** How a clock came to what it says. */
export interface Reckoned {
  agreement_name?: Named | null
  allowed_s?: number
  used_s?: number
  due?: string | null
  ended_at?: string | null
  zone?: string
  days?: ReckonedDay[] | null
  /** Only the last days are there. */
  cut?: boolean
}
export interface ReckonedDay {
  date: string
  name?: Named | null
  unusual?: boolean
  open?: { from: string; to: string }[] | null
  pieces?: { from: string; to: string; why: string; counted_s?: number; party?: string; ahead?: boolean }[] | null
  counted_s?: number
  left_s?: number
}
export interface Attachment {
  id: string
  name: string
  type?: string
  size: number
  at?: string
  by?: string
  internal?: boolean
  /** Of the ticket's change that brought it. */
  version?: number
}
export interface TicketCustomer {
  id: string
  version?: number
  addresses?: string[] | null
  external_id?: string
  name?: string
  contract?: string
  contracts?: { number: string; agreement?: string; ends_on?: string; expired?: boolean }[] | null
  mails?: string[] | null
  address?: string
  equipment?: string[] | null
  notes?: string[] | null
  warnings?: string[] | null
  numbers?: string[] | null
  provisional?: boolean
  open_tickets?: { number: string; subject?: string; phase?: Phase; next_at?: string | null }[] | null
}

export interface TicketFile {
  ticket: TicketRow & {
    language?: string
    district?: string
    reply?: { channel?: string; address?: string } | null
    solved_by?: string
    solved_name?: string
    solved_at?: string | null
    reminded?: number
    parent?: string
    merged_into?: string
    disposition?: string
    closed_at?: string | null
  }
  customer?: TicketCustomer | null
  parts?: Part[] | null
  promises?: Promised[] | null
  vendors?: VendorRequest[] | null
  reviews?: Review[] | null
  links?: Link[] | null
  clocks?: FullClock[] | null
  whose?: { party: string; seconds: number }[] | null
  timeline?: { items: RawItem[] | null; next_cursor?: string } | null
  /** To which departments it goes on by the chain of its topic, in order. */
  next_departments?: string[] | null
  /** Commands that the viewer may give now. */
  may?: string[] | null
  /** Whether the viewer may take the whole file as a document. */
  casefile?: boolean
  files?: Attachment[] | null
  version: number
}

export interface Department {
  id: string
  name?: Named | string
  head?: string
  people?: { id: string; name?: string }[] | null
}
export interface Topic {
  id: string
  name?: Named | string
  parent?: string
  department?: string
}
export interface VendorChoice {
  id: string
  name?: Named | string
}
/** A prepared answer, with places such as {name} in its text. */
export interface Template {
  id: string
  name?: Named | string
  text: Named | string
  /** For which topics, with all their kinds; none is for all. */
  topics?: string[] | null
}
export interface BulkAnswer {
  items: { number: string; ok: boolean; version?: number; problem?: Problem | null }[] | null
}

/** What the stream says when a ticket has changed. */
export interface TicketChanged {
  number: string
  version: number
  department?: string
  owner?: string
  phase?: Phase
  next_at?: string
  kind?: string
  by?: By | string
}
