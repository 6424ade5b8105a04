/** What the pages of tickets ask of the server. */

import { ask, items } from '../lib/api.ts'
import { savedViews } from '../lib/views.ts'
import { readFilters, writeFilters, type Filters } from './filters.ts'
import type { NoticeRow } from './told.ts'
import type {
  Attachment, BulkAnswer, Counts, Department, RawItem, Reckoned, Rows, Template, TicketCustomer, TicketFile, Topic, VendorChoice,
} from './wire.ts'

const of = (number: string, more = '') => `/tickets/${encodeURIComponent(number)}${more}`
/** FoundCustomers are those whom a search has found, and whether it had to guess. */
type FoundCustomers = { items: TicketCustomer[] | null; how?: string }
type Listed<T> = T[] | { items: T[] }

/** pageSize is how many rows come at once. */
export const pageSize = 100

function question(f: Filters, more: Record<string, string | string[]>): string {
  const p = new URLSearchParams({ list: f.list, limit: String(pageSize), ...(f.sort && { sort: f.sort }) })
  for (const [field, value] of Object.entries(f.by)) if (value) p.set(field, value)
  for (const [field, value] of Object.entries(more)) for (const v of [value].flat()) if (v) p.append(field, v)
  return `/tickets?${p}`
}

export const server = {
  rows: (f: Filters, cursor: string, signal: AbortSignal) => ask<Rows>('GET', question(f, { cursor }), undefined, { signal }),
  /** those are which of some tickets match now. */
  those: (f: Filters, numbers: string[]) => ask<Rows>('GET', question(f, { numbers: numbers.join(',') })),
  counts: () => ask<Counts>('GET', '/tickets/counts'),
  file: (number: string) => ask<TicketFile>('GET', of(number, '/file')),
  earlier: (number: string, cursor: string) => ask<{ items: RawItem[] | null; next_cursor?: string }>('GET', of(number, `/timeline?${new URLSearchParams({ cursor, limit: '50' })}`)),
  reckoning: (number: string, n: number) => ask<Reckoned>('GET', of(number, `/clocks/${n}/reckoning`)),
  /** command is carried out once for each key. Version is the one that its sender has seen; 0 asks for none. */
  command: (number: string, name: string, body: Record<string, unknown>, version: number, key: string) =>
    ask<TicketFile | undefined>('POST', of(number, `/${name}`), body, { headers: { 'idempotency-key': key, ...(version > 0 && { 'if-match': `"${version}"` }) } }),
  /** bulk gives a command to several tickets, once for each key. */
  bulk: (numbers: string[], command: string, body: Record<string, unknown>, key: string) =>
    ask<BulkAnswer>('POST', '/tickets/bulk', { numbers, command, body }, { headers: { 'idempotency-key': key } }),
  open: (body: Record<string, unknown>, key: string) => ask<TicketFile | undefined>('POST', '/tickets', body, { headers: { 'idempotency-key': key } }),
  upload(number: string, file: File, internal: boolean): Promise<Attachment> {
    const form = new FormData()
    form.set('file', file, file.name)
    return ask<Attachment>('POST', of(number, `/files?internal=${internal}`), form)
  },
  download: (number: string, id: string) => `/api/v1${of(number, `/files/${encodeURIComponent(id)}`)}`,
  /** recording is the address of a message that a caller left, by its place among those of its contact. */
  recording: (number: string, contact: string, n: number) => `/api/v1${of(number, `/contacts/${encodeURIComponent(contact)}/recording?n=${n}`)}`,
  customers: (q: string, signal: AbortSignal) => ask<FoundCustomers>('GET', `/customers?${new URLSearchParams({ q, limit: '12' })}`, undefined, { signal }),
  customersByNumber: (number: string, signal: AbortSignal) => ask<FoundCustomers>('GET', `/customers/by-number?${new URLSearchParams({ number })}`, undefined, { signal }),
  /** notices are the latest, or those before one. */
  notices: (before = 0) => ask<{ items: NoticeRow[] | null; next_before?: number }>('GET', `/notices?limit=100${before ? `&before=${before}` : ''}`),
  /** seeNotices takes 200 at most. */
  seeNotices: (ids: number[]) => ask<unknown>('POST', '/notices/seen', { ids }),
  /** casefile is the address of a ticket's whole file. */
  casefile: (number: string, how: { format: 'html' | 'zip' | 'json'; internal: boolean; language: string; inline?: boolean }) =>
    `/api/v1${of(number, `/casefile?${new URLSearchParams({ format: how.format, internal: String(how.internal), language: how.language, ...(how.inline && { inline: 'true' }) })}`)}`,
  departments: () => ask<Listed<Department>>('GET', '/departments').then(items),
  topics: () => ask<Listed<Topic>>('GET', '/topics').then(items),
  vendors: () => ask<Listed<VendorChoice>>('GET', '/vendors').then(items),
  answers: () => ask<Listed<Template>>('GET', '/answers').then(items),
  views: savedViews('tickets', (query) => writeFilters(readFilters(query, 'all'))),
}
