/** What a change of a customer's history says, field by field: what went, and what came. Pure. */

import type { CustomerChange } from './wire.ts'

export interface Difference {
  field: string
  gone: string[]
  come: string[]
}

/** differences are the changed fields in the order of a customer's form. An entry of a list that stayed is not told. */
export function differences(patch: CustomerChange['patch']): Difference[] {
  const order = ['name', 'numbers', 'mails', 'addresses', 'contracts', 'equipment', 'warnings', 'notes', 'external_id']
  return Object.entries(patch ?? {})
    .map(([field, [was, is]]) => {
      const [before, after] = [entries(was), entries(is)]
      return { field, gone: before.filter((e) => !after.includes(e)), come: after.filter((e) => !before.includes(e)) }
    })
    .filter((d) => d.gone.length || d.come.length)
    .sort((a, b) => order.indexOf(a.field) - order.indexOf(b.field))
}

function entries(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(text).filter(Boolean)
  return [text(value)].filter(Boolean)
}

/** text is an entry as it is shown; a contract is its number, agreement and end. */
function text(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'object') return Object.values(value as Record<string, unknown>).filter(Boolean).join(' · ')
  return String(value)
}
