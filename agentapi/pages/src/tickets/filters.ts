/** Which tickets are shown: a list and filters, as they stand in the page's address, so that an address can be sent to a colleague. */

import { lists, type List } from './wire.ts'

export const fields = ['phase', 'department', 'owner', 'topic', 'class', 'customer', 'parent', 'q'] as const
export type Field = (typeof fields)[number]
export const sorts = ['', 'due', 'opened', 'activity'] as const
/** Sort is an order; '' is the list's own. */
export type Sort = (typeof sorts)[number]

export interface Filters {
  list: List
  sort: Sort
  by: Partial<Record<Field, string>>
}

/** readFilters reads an address; what is odd in it is left out. */
export function readFilters(query: string, usual: List = 'mine'): Filters {
  const p = new URLSearchParams(query)
  const list = lists.find((l) => l === p.get('list')) ?? usual
  const sort = sorts.find((s) => s === p.get('sort')) ?? ''
  const by: Filters['by'] = {}
  for (const f of fields) {
    const v = p.get(f)?.trim().slice(0, 200)
    if (v) by[f] = v
  }
  return { list, sort, by }
}

/** writeFilters writes them as an address has them, always in the same order. */
export function writeFilters(f: Filters): string {
  const p = new URLSearchParams()
  p.set('list', f.list)
  for (const field of fields) if (f.by[field]) p.set(field, f.by[field]!)
  if (f.sort) p.set('sort', f.sort)
  return '?' + p
}

/** withField sets a filter, or takes it out where the value is empty. */
export function withField(f: Filters, field: Field, value: string): Filters {
  const by = { ...f.by }
  if (value.trim()) by[field] = value.trim()
  else delete by[field]
  return { ...f, by }
}
