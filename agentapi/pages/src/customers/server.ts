/** What the pages ask of the server about customers. */

import { ask, items } from '../lib/api.ts'
import type { Edit } from './record.ts'
import type { Rows } from '../tickets/wire.ts'
import type { Agreement, Customer, CustomerChange, CustomerContact, CustomerFile, Double, Found, Import, ImportRow, MergePreview, Merging } from './wire.ts'

const of = (id: string, more = '') => `/customers/${encodeURIComponent(id)}${more}`
const ofImport = (id: string, more = '') => `/imports/${encodeURIComponent(id)}${more}`
const match = (version: number | undefined) => ({ headers: { 'if-match': `"${version ?? 0}"` } })
const query = (of: Record<string, string>) => new URLSearchParams(Object.entries(of).filter(([, v]) => v)).toString()

export const server = {
  find: (q: string, cursor: string, limit: number, signal?: AbortSignal) => ask<Found>('GET', `/customers?${query({ q, cursor, limit: String(limit) })}`, undefined, signal && { signal }),
  byNumber: (number: string) => ask<Found>('GET', `/customers/by-number?${query({ number })}`),
  view: (id: string) => ask<CustomerFile>('GET', of(id)),
  contacts: (id: string, cursor: string) => ask<{ items: CustomerContact[] | null; next_cursor?: string }>('GET', of(id, `/contacts?${query({ cursor })}`)),
  changes: (id: string, after: number) => ask<{ items: CustomerChange[] | null }>('GET', of(id, `/changes?${query({ after: after ? String(after) : '' })}`)),
  doubles: (id: string) => ask<{ items: Double[] }>('GET', of(id, '/doubles')).then(items),
  /** open are a customer's open tickets that one may see, due first; tickets all of them, opened last first. */
  open: (id: string) => ask<Rows>('GET', `/tickets?${query({ list: 'all', customer: id, state: 'open', sort: 'due', limit: '100' })}`),
  tickets: (id: string, cursor: string) => ask<Rows>('GET', `/tickets?${query({ list: 'all', customer: id, sort: 'opened', limit: '50', cursor })}`),
  preview: (merged: string, into: string) => ask<MergePreview>('GET', of(merged, `/merge?${query({ into })}`)),
  /** add makes one customer, however often it is sent with the key. */
  add: (edit: Edit, key: string) => ask<Customer>('POST', '/customers', edit, { headers: { 'idempotency-key': key } }),
  /** change changes the customer of the version that was seen, or is refused as stale. */
  change: (id: string, version: number | undefined, edit: Edit) => ask<Customer>('PATCH', of(id), edit, match(version)),
  /** tell says whose a contact is; with keeps, its number is theirs from now on. */
  tell: (contact: string, customer: string, keeps: boolean) => ask<Customer>('PUT', `/contacts/${encodeURIComponent(contact)}/customer`, { customer, ...(keeps && { keeps_number: true }) }),
  agreements: () => ask<{ items: Agreement[] }>('GET', '/agreements').then(items),
  merge: (merged: Customer, into: string) => ask<Merging>('POST', of(merged.id, '/merge'), { into }, match(merged.version)),
  imports: () => ask<{ items: Import[] }>('GET', '/imports').then(items),
  import: (id: string) => ask<Import>('GET', ofImport(id)),
  importRows: (id: string, what: string) => ask<{ items: ImportRow[] }>('GET', ofImport(id, `/rows?${query({ what })}`)).then(items),
  sendImport(file: File, encoding: string): Promise<Import> {
    const form = new FormData()
    form.set('file', file, file.name)
    return ask<Import>('POST', `/imports?${query({ encoding, guess: 'true' })}`, form)
  },
  readImportAs: (id: string, columns: string[]) => ask<Import>('PUT', ofImport(id, '/columns'), { columns }),
  /** importTable is where the rows that are not taken are as a file that a spreadsheet opens. */
  importTable: (id: string, what: string, language: string) => `/api/v1${ofImport(id, `/rows?${query({ what, language, format: 'csv', excel: 'true' })}`)}`,
  startImport: (id: string) => ask<Import>('POST', ofImport(id, '/start')),
  stopImport: (id: string) => ask<Import>('POST', ofImport(id, '/stop')),
  undoMerge: (id: string) => ask<Merging>('POST', `/customers/merges/${encodeURIComponent(id)}/undo`),
}
