/** What a change of a customer's history says, field by field: what went, and what came. Pure. */

import type { CustomerChange } from './wire.ts'

export interface Difference {
  field: string
  gone: string[]
  come: string[]
}

/** differences are the changed fields in the order of a customer's form. An entry of a list that stayed is not told; `part` says a part of a contract in words. */
export function differences(patch: CustomerChange['patch'], part: (name: string, value: string) => string = (_, value) => value): Difference[] {
  const order = ['name', 'numbers', 'mails', 'addresses', 'contracts', 'equipment', 'warnings', 'notes', 'external_id']
  return Object.entries(patch ?? {})
    .map(([field, [was, is]]) => {
      const [before, after] = [entries(was, part), entries(is, part)]
      return { field, gone: before.filter((e) => !after.includes(e)), come: after.filter((e) => !before.includes(e)) }
    })
    .filter((d) => d.gone.length || d.come.length)
    .sort((a, b) => order.indexOf(a.field) - order.indexOf(b.field))
}

function entries(value: unknown, part: (name: string, value: string) => string): string[] {
  return (Array.isArray(value) ? value : [value]).map((v) => text(v, part)).filter(Boolean)
}

/** text is an entry as it is shown; a contract is its number, agreement and end. */
function text(value: unknown, part: (name: string, value: string) => string): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'object') return Object.entries(value).filter(([, v]) => v).map(([name, v]) => part(name, String(v))).join(' · ')
  return String(value)
}
