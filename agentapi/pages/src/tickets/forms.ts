/** What each command asks of whoever gives it: its fields, in order. One form shows them all (ActionForm). Pure. */

import type { Promised } from './wire.ts'

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
  | 'customer'
  | 'contacts' // some of the ticket's own

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
  /** It shows what is now: only what has become different is sent, also where it was emptied. */
  edits?: boolean
  /** Of what is sent together in an object of that name. */
  in?: string
  /** Of a moment: it lies in the past. */
  past?: boolean
  /** Its value is a number. */
  number?: boolean
}

const longText = 20_000
const text = (name: string, needed = false, label?: string): Field => ({ name, kind: 'text', needed, most: longText, ...(label && { label }) })
const moment = (name: string, needed = false): Field => ({ name, kind: 'moment', needed })
const department = (needed = false): Field => ({ name: 'department', kind: 'department', needed })
const person = (name: string): Field => ({ name, kind: 'person' })
/** How a customer can be told something. */
export const outward = ['call', 'mail', 'sms', 'messenger', 'letter', 'fax', 'visit']
/** How a customer comes who does not call this line. */
export const inward = ['letter', 'visit', 'form', 'mail', 'messenger', 'fax', 'call']
const channel: Field = { name: 'channel', kind: 'choice', options: outward }
const line = (name: string, needed = false, label?: string): Field => ({ name, kind: 'line', needed, most: 256, ...(label && { label }) })
const other = (name: string): Field => ({ name, kind: 'ticket', needed: true })
const note = text('note')
const topic: Field = { name: 'topic', kind: 'topic' }
const kind: Field = { name: 'class', kind: 'class' }
const subject: Field = { ...line('subject', true), most: 200 }
const edits = (f: Field): Field => ({ ...f, needed: false, edits: true })
const priority: Field = { name: 'priority', kind: 'choice', options: ['1', '2', '3', '4'], number: true }
const ofTopic: Field[] = [edits(topic), edits(kind), edits(priority), edits(line('district'))]

/** forms are the fields of each command that this page can give. One without fields is given by the click. */
export const forms: Record<string, Field[]> = {
  take: [],
  hand_over: [department(true), person('person'), moment('next'), note],
  plan: [moment('next', true)],
  wait: [{ name: 'for', kind: 'choice', needed: true, options: ['customer', 'vendor', 'date'] }, moment('until', true), text('note', false, 'awaited')],
  resume: [],
  describe: [
    edits(subject), ...ofTopic, { ...edits(line('language')), kind: 'choice', options: ['ru', 'en'] },
    { name: 'reply_channel', in: 'reply', kind: 'choice', options: outward, edits: true }, { ...edits(line('reply_address')), in: 'reply' },
  ],
  set_customer: [{ name: 'customer', kind: 'customer', needed: true }],
  solve: [text('answer', true, 'reply'), channel, line('address')],
  refuse: [text('reason', true), { name: 'alternatives', kind: 'lines', needed: true, most: longText }],
  confirm: [{ name: 'by', kind: 'choice', options: ['call', 'mail', 'page', 'visit'] }],
  withdraw: [note],
  reopen: [text('reason', true), department(), moment('next')],
  note: [text('text', true)],
  tell: [text('text', true, 'reply')],
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
  merge: [other('into'), { name: 'force', kind: 'flag' }, note], // see MergeForm
  unmerge: [note],
  split: [{ name: 'contacts', kind: 'contacts', needed: true }, subject, topic, kind, department(), person('owner'), moment('next')],
  set_parent: [other('parent')],
  clear_parent: [],
}

/** opening is what is asked for a ticket without a call of this line. */
export const opening: Field[] = [
  { name: 'channel', kind: 'choice', needed: true, options: inward, label: 'channel_in' },
  { ...moment('at'), past: true },
  { name: 'customer', kind: 'customer' },
  subject,
  text('text', true, 'body'),
  topic,
  kind,
  department(),
  person('owner'),
  line('district'),
  { name: 'reply_channel', in: 'reply', kind: 'choice', options: outward },
  { ...line('reply_address'), in: 'reply' },
  moment('next', true),
]

/** offered is what one may do next. Who has a ticket in work has nothing to take. */
export function offered(file: { may?: string[] | null; ticket: { phase: string; owner?: string; owner_kind?: string } } | null, person: string | undefined): string[] {
  const has = file?.ticket.phase === 'in_work' && file.ticket.owner_kind === 'person' && file.ticket.owner === person
  return (file?.may ?? []).filter((c) => c !== 'take' || !has)
}

/** Those that stand first above a ticket, in this order; the others wait under "more". */
export const first = ['take', 'resume', 'hand_over', 'wait', 'plan', 'solve', 'confirm', 'reopen']
export const later = ['promise', 'add_part', 'ask_vendor', 'describe', 'set_customer', 'complain', 'refuse', 'withdraw', 'link', 'merge', 'unmerge', 'split', 'set_parent', 'clear_parent']
/** What is done to a part, a promise, a vendor's request or a review stands beside it. */
export const beside = {
  part: ['take_part', 'answer_part', 'return_part', 'move_part', 'withdraw_part'],
  promise: ['keep_promise', 'move_promise', 'withdraw_promise'],
  vendor: ['vendor_answered', 'vendor_promised', 'remind_vendor', 'withdraw_vendor'],
  review: ['decide_review', 'review', 'escalate_review', 'withdraw_review'],
}
/** becameOf is what became of a promise: one that goes on in another ticket was not withdrawn. */
export const becameOf = (p: Pick<Promised, 'state' | 'went_on'>): string => (p.went_on ? 'went_on' : p.state)

/** Commands that have another place than a form: where, by name. */
export const elsewhere: Record<string, string> = { note: 'the editors below the story', tell: 'the editors below the story', unlink: 'beside each link' }
/** What may be done to several tickets at once, with the fields that make sense for many. */
export const bulk: Record<string, Field[]> = {
  take: [], hand_over: forms.hand_over!, plan: forms.plan!, wait: forms.wait!, describe: ofTopic, note: forms.note!, tell: forms.tell!, solve: [text('answer', true, 'reply')], set_parent: forms.set_parent!, confirm: forms.confirm!,
}

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

/** bodyOf is what goes to the server: what was left empty is left out, and of what is edited what has stayed as it was. */
export function bodyOf(fields: Field[], values: Values, more: Record<string, unknown> = {}, was: Values = {}): Record<string, unknown> {
  const body: Record<string, unknown> = { ...more }
  for (const f of fields) {
    const v = (values[f.name] ?? '').trim()
    if (f.in) {
      const all = fields.filter((o) => o.in === f.in).map((o) => ({ name: o.name.slice(f.in!.length + 1), is: (values[o.name] ?? '').trim(), was: o.edits ? (was[o.name] ?? '').trim() : '' }))
      if (all.some((o) => o.is !== o.was)) body[f.in] = Object.fromEntries(all.map((o) => [o.name, o.is]))
    } else if (f.edits && v === (was[f.name] ?? '').trim()) continue
    else if (f.kind === 'flag') body[f.name] = v === 'yes'
    else if (f.yes) body[f.name] = v === f.yes
    else if (f.number ? !v : !v && !(f.edits && f.kind !== 'class')) continue
    else if (f.number) body[f.name] = Number(v)
    else if (f.kind === 'moment') body[f.name] = new Date(v).toISOString()
    else if (f.kind === 'lines' || f.kind === 'contacts') body[f.name] = v.split('\n').map((l) => l.trim()).filter(Boolean)
    else if (f.kind === 'ticket') body[f.name] = v.replace(/[\s\u202f]/g, '')
    else body[f.name] = v
  }
  return body
}

/** fieldOf is the name of the field that a server's error is about: "body.next" and "next" are the same, and "body.reply.address" is reply_address. */
export const fieldOf = (name: string): string => name.replace(/^(body|data)\./, '').replace(/\[.*$/, '').replace(/\./g, '_')
