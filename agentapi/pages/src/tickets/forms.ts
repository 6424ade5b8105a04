/** What each command asks of whoever gives it: its fields, in order. One form shows them all (ActionForm). Pure. */

export type FieldKind =
  | 'text' // several lines
  | 'line'
  | 'lines' // a list, one to a line
  | 'moment'
  | 'department'
  | 'person' // of the chosen department
  | 'vendor'
  | 'topic'
  | 'class'
  | 'choice'
  | 'flag'
  | 'ticket'

export interface Field {
  name: string
  kind: FieldKind
  needed?: boolean
  /** Of a text: the longest that the server takes, in characters. */
  most?: number
  options?: string[]
  /** What it is called, where that is not its name. */
  label?: string
  /** Of a choice between yes and no: the option that means yes. */
  yes?: string
}

const longText = 20_000
const text = (name: string, needed = false, label?: string): Field => ({ name, kind: 'text', needed, most: longText, ...(label && { label }) })
const moment = (name: string, needed = false): Field => ({ name, kind: 'moment', needed })
const department = (needed = false): Field => ({ name: 'department', kind: 'department', needed })
const person = (name: string): Field => ({ name, kind: 'person' })
const channel: Field = { name: 'channel', kind: 'choice', options: ['call', 'mail', 'sms', 'letter', 'visit'] }
const line = (name: string, needed = false, label?: string): Field => ({ name, kind: 'line', needed, most: 256, ...(label && { label }) })
const other = (name: string): Field => ({ name, kind: 'ticket', needed: true })
const note = text('note')

/** forms are the fields of each command that this page can give. One without fields is given by the click. */
export const forms: Record<string, Field[]> = {
  take: [],
  hand_over: [department(true), person('person'), moment('next'), note],
  plan: [moment('next', true)],
  wait: [{ name: 'for', kind: 'choice', needed: true, options: ['customer', 'vendor', 'date'] }, moment('until', true), text('note', false, 'awaited')],
  resume: [],
  solve: [text('answer', true, 'reply'), channel, line('address')],
  refuse: [text('reason', true), { name: 'alternatives', kind: 'lines', needed: true, most: longText }],
  confirm: [{ name: 'by', kind: 'choice', options: ['call', 'mail', 'page', 'visit'] }],
  withdraw: [note],
  reopen: [text('reason', true), department(), moment('next')],
  note: [text('text', true)],
  add_part: [department(true), person('owner'), text('what', true), moment('due', true)],
  take_part: [],
  answer_part: [text('answer', true)],
  return_part: [text('why', true, 'reason')],
  move_part: [department(), person('owner'), moment('due'), note],
  withdraw_part: [note],
  promise: [{ ...text('what', true, 'promise'), most: 2000 }, line('to'), moment('due', true), channel],
  keep_promise: [note],
  move_promise: [moment('due', true), { name: 'told', kind: 'flag' }, note],
  withdraw_promise: [note],
  ask_vendor: [{ name: 'vendor', kind: 'vendor', needed: true }, text('what', true), line('number'), moment('promised'), { name: 'wait', kind: 'flag' }],
  vendor_promised: [moment('promised', true), line('number'), note],
  vendor_answered: [text('answer', true), { name: 'resume', kind: 'flag' }],
  remind_vendor: [note],
  withdraw_vendor: [note],
  complain: [text('text', true, 'complaint')],
  review: [department(), person('reviewer')],
  decide_review: [{ name: 'upheld', kind: 'choice', needed: true, options: ['upheld', 'rejected'], yes: 'upheld' }, text('answer', true, 'reply'), { name: 'solve', kind: 'flag' }],
  escalate_review: [note],
  withdraw_review: [note],
  link: [other('other'), { name: 'kind', kind: 'choice', options: ['related', 'duplicate'] }],
  unlink: [],
  merge: [other('into')],
  unmerge: [],
  split: [{ ...line('subject', true), most: 200 }, department()],
  set_parent: [other('parent')],
  clear_parent: [],
}

/** Those that stand first above a ticket, in this order; the others wait under "more". */
export const first = ['take', 'resume', 'hand_over', 'wait', 'plan', 'solve', 'confirm', 'reopen']
export const later = ['promise', 'add_part', 'ask_vendor', 'complain', 'refuse', 'withdraw', 'link', 'merge', 'unmerge', 'split', 'set_parent', 'clear_parent']
/** What is done to a part, a promise, a vendor's request or a review stands beside it. */
export const beside = {
  part: ['take_part', 'answer_part', 'return_part', 'move_part', 'withdraw_part'],
  promise: ['keep_promise', 'move_promise', 'withdraw_promise'],
  vendor: ['vendor_answered', 'vendor_promised', 'remind_vendor', 'withdraw_vendor'],
  review: ['decide_review', 'review', 'escalate_review', 'withdraw_review'],
}
/** What may be done to several tickets at once. */
export const bulk = ['take', 'hand_over', 'plan', 'wait', 'note', 'confirm']

export type Values = Record<string, string>

/** lacking are the needed fields that are empty, and texts that are too long, by name. */
export function lacking(fields: Field[], values: Values): Record<string, 'missing' | 'too_long'> {
  const wrong: Record<string, 'missing' | 'too_long'> = {}
  for (const f of fields) {
    const v = (values[f.name] ?? '').trim()
    if (f.needed && (!v || (f.kind === 'moment' && Number.isNaN(Date.parse(v))))) wrong[f.name] = 'missing'
    else if (f.most && [...v].length > f.most) wrong[f.name] = 'too_long'
  }
  return wrong
}

/** bodyOf is what goes to the server: what was left empty is left out. */
export function bodyOf(fields: Field[], values: Values, more: Record<string, unknown> = {}): Record<string, unknown> {
  const body: Record<string, unknown> = { ...more }
  for (const f of fields) {
    const v = (values[f.name] ?? '').trim()
    if (f.kind === 'flag') body[f.name] = v === 'yes'
    else if (f.yes) body[f.name] = v === f.yes
    else if (!v) continue
    else if (f.kind === 'moment') body[f.name] = new Date(v).toISOString()
    else if (f.kind === 'lines') body[f.name] = v.split('\n').map((l) => l.trim()).filter(Boolean)
    else if (f.kind === 'ticket') body[f.name] = v.replace(/[\s\u202f]/g, '')
    else body[f.name] = v
  }
  return body
}

/** fieldOf is the name of the field that a server's error is about: "body.next" and "next" are the same. */
export const fieldOf = (name: string): string => name.replace(/^(body|data)\./, '').replace(/[.[].*$/, '')
