/**
 * What somebody types about a customer: a form of texts, and the edit that it makes of the customer who was seen. Where a colleague was
 * faster, what both have done is brought together, and what neither sees of the other is said. Pure.
 */

import { phone } from '../lib/format.ts'
import type { Contract, Customer } from './wire.ts'

/** The lists of texts, in the order of the form. */
export const lists = ['numbers', 'mails', 'addresses', 'equipment', 'warnings', 'notes'] as const
export type List = (typeof lists)[number]
export type Field = List | 'name' | 'contracts' | 'external_id'

export interface ContractText {
  number: string
  agreement: string
  ends_on: string
}

/** Form is what stands in the fields. Numbers stand as people read them. */
export type Form = { name: string; external_id: string; contracts: ContractText[] } & Record<List, string[]>

/** Edit is what goes to the server: what is left out stays as it is. */
export type Edit = Partial<{ name: string; external_id: string; contracts: Contract[] } & Record<List, string[]>>

/** The longest texts that the server takes, in characters. */
export const longest: Record<Field, number> = { name: 200, external_id: 64, numbers: 256, mails: 254, addresses: 500, contracts: 64, equipment: 300, notes: 4000, warnings: 500 }

/** formOf is a customer in a form; nobody is an empty one. */
export function formOf(c: Partial<Customer> = {}): Form {
  const contracts = c.contracts?.length ? c.contracts : c.contract ? [{ number: c.contract }] : []
  return {
    name: c.name ?? '',
    external_id: c.external_id ?? '',
    contracts: contracts.map((k) => ({ number: k.number, agreement: k.agreement ?? '', ends_on: k.ends_on ?? '' })),
    numbers: (c.numbers ?? []).map((n) => phone(n)),
    mails: [...(c.mails ?? [])],
    addresses: c.addresses?.length ? [...c.addresses] : c.address ? [c.address] : [],
    equipment: [...(c.equipment ?? [])],
    warnings: [...(c.warnings ?? [])],
    notes: [...(c.notes ?? [])],
  }
}

/** tidy is a form without empty rows: places in it are those that the server names. */
export function tidy(f: Form): Form {
  const t = { ...f, name: f.name.trim(), external_id: f.external_id.trim() }
  for (const l of lists) t[l] = f[l].map((s) => s.trim()).filter(Boolean)
  t.contracts = f.contracts
    .map((k) => ({ number: k.number.trim(), agreement: k.agreement.trim(), ends_on: k.ends_on.trim() }))
    .filter((k) => k.number || k.agreement || k.ends_on)
  return t
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** changed are the fields in which a form says something else than another. */
export function changed(base: Form, mine: Form): Field[] {
  const [was, is] = [tidy(base), tidy(mine)]
  return (['name', ...lists, 'contracts', 'external_id'] as const).filter((f) => !same(was[f], is[f]))
}

/** editOf is what makes a form of a customer. A number that they have already goes as it is kept. */
export function editOf(customer: Partial<Customer>, mine: Form): Edit {
  const is = tidy(mine)
  const edit: Record<string, unknown> = {}
  for (const f of changed(formOf(customer), mine)) edit[f] = is[f]
  if (edit.numbers) edit.numbers = is.numbers.map((text) => (customer.numbers ?? []).find((n) => phone(n) === text) ?? text)
  if (edit.contracts) edit.contracts = is.contracts.map((k) => ({ number: k.number, ...(k.agreement && { agreement: k.agreement }), ...(k.ends_on && { ends_on: k.ends_on }) }))
  return edit as Edit
}

/** Both is a form that holds what both have done, and where they said different things of one. */
export interface Both {
  form: Form
  /** Fields that both changed to something else, with what the colleague wrote: mine stands in the form. */
  against: Partial<Record<'name' | 'external_id', string>>
}

/**
 * rebase brings what I have typed onto what a colleague has made of the same customer. Of a list, what I have taken out is out, and what I have
 * added is added; of a single text mine stands where I have touched it.
 */
export function rebase(base: Form, mine: Form, theirs: Form): Both {
  const touched = new Set(changed(base, mine))
  const [was, is] = [tidy(base), tidy(mine)]
  const form: Form = { ...tidy(theirs) }
  const against: Both['against'] = {}
  for (const f of ['name', 'external_id'] as const) {
    if (!touched.has(f)) continue
    if (theirs[f] !== base[f] && theirs[f] !== is[f]) against[f] = theirs[f]
    form[f] = is[f]
  }
  for (const l of lists) if (touched.has(l)) form[l] = threeWay(was[l], is[l], form[l], (s) => s)
  if (touched.has('contracts')) form.contracts = threeWay(was.contracts, is.contracts, form.contracts, (k) => k.number)
  return { form, against }
}

/** threeWay applies to a list what was done between two others. An entry is known again by its key. */
function threeWay<T>(was: T[], is: T[], theirs: T[], key: (entry: T) => string): T[] {
  const find = (list: T[], entry: T) => list.find((e) => key(e) === key(entry))
  const kept = theirs.filter((e) => find(is, e) !== undefined || find(was, e) === undefined)
  const mine = new Map(is.filter((e) => !same(find(was, e), e)).map((e) => [key(e), e]))
  return [...kept.map((e) => mine.get(key(e)) ?? e), ...[...mine.values()].filter((e) => find(kept, e) === undefined)]
}

/** placeOf reads the field that the server's error is about: "body.contracts[1].ends_on". */
export function placeOf(field: string): { field: Field; at: number | null; part: string } | null {
  const m = /^(?:body\.)?(name|external_id|numbers|mails|addresses|contracts|equipment|notes|warnings)(?:\[(\d+)\])?(?:\.(\w+))?$/.exec(field)
  return m ? { field: m[1] as Field, at: m[2] === undefined ? null : Number(m[2]), part: m[3] ?? '' } : null
}
