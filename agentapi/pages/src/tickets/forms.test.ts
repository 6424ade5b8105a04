import { expect, test } from 'vitest'
import text from '../../../rest/openapi.json?raw'
import { en } from '../texts/en.ts'
import { ru } from '../texts/ru.ts'
import { becameOf, beside, bodyOf, bulk, elsewhere, fieldOf, first, forms, lacking, later, offered, opening, type Field } from './forms.ts'

const begun = [...first, ...later, ...Object.values(beside).flat()]

// The commands of the contract, and the names of their fields, with those of an object of its own as "reply_channel".
type Post = { summary: string; requestBody?: { content: Record<string, { schema: { $ref: string } }> } }
const contract = JSON.parse(text) as { paths: Record<string, { post?: Post }>; components: { schemas: Record<string, Shape> } }
const commands = Object.entries(contract.paths).flatMap(([path, { post }]) => {
  const name = /^\/api\/v1\/tickets\/\{number\}\/(\w+)$/.exec(path)?.[1]
  return name && post?.summary.startsWith('Command: ') ? [{ name, fields: fieldsOf(post.requestBody?.content['application/json']?.schema.$ref ?? '') }] : []
})
type Shape = { properties?: Record<string, { $ref?: string }>; required?: string[] | null }
function fieldsOf(ref: string): { all: string[]; needed: string[] } {
  const shape = contract.components.schemas[ref.split('/').at(-1)!]!
  const all = Object.entries(shape.properties ?? {}).flatMap(([name, of]) => (of.$ref ? fieldsOf(of.$ref).all.map((f) => `${name}_${f}`) : [name]))
  return { all, needed: shape.required ?? [] }
}

test('whoever has a ticket in work is not asked to take it, and others are', () => {
  const ticket = { phase: 'in_work', owner: 'vera', owner_kind: 'person' }
  const may = ['take', 'note']
  expect(offered({ may, ticket }, 'vera')).toEqual(['note'])
  expect(offered({ may, ticket }, 'ilja')).toEqual(may)
  expect(offered({ may, ticket: { ...ticket, phase: 'open' } }, 'vera')).toEqual(may)
  expect(offered({ may, ticket: { ...ticket, owner: 'vera', owner_kind: 'department' } }, 'vera')).toEqual(may)
  expect(offered(null, 'vera')).toEqual([])
})

test('each command that people may give can be given here', () => {
  expect(commands.length).toBeGreaterThan(40)
  expect(commands.map((c) => c.name).filter((c) => !begun.includes(c) && !elsewhere[c])).toEqual([])
})

test('forms ask for what the contract knows, and for all that it needs', () => {
  const names = (fields: Field[]) => fields.map((f) => f.name)
  for (const { name, fields } of commands.filter((c) => !elsewhere[c.name])) {
    expect(names(forms[name] ?? []).filter((f) => !fields.all.includes(f)), `${name} does not know`).toEqual([])
    expect(fields.needed.filter((f) => ![...names(forms[name] ?? []), 'n'].includes(f)), `${name} needs`).toEqual([])
  }
  const byHand = fieldsOf('#/components/schemas/OpenByHand')
  expect(names(opening).filter((f) => !byHand.all.includes(f))).toEqual([])
  expect(byHand.needed.filter((f) => !names(opening).includes(f))).toEqual([])
})

test('what is done to several tickets is what the server takes, and the customers of an incident are answered at once', () => {
  for (const [name, fields] of Object.entries(bulk)) {
    const command = commands.find((c) => c.name === name)!.fields
    expect(fields.map((f) => f.name).filter((f) => !command.all.includes(f)), `${name} does not know`).toEqual([])
    expect(command.needed.filter((f) => !fields.some((of) => of.name === f)), `${name} needs`).toEqual([])
  }
  expect(bodyOf(bulk.tell!, { text: 'Бригада выехала' })).toEqual({ text: 'Бригада выехала' })
  expect(bodyOf(bulk.solve!, { answer: 'Связь есть' })).toEqual({ answer: 'Связь есть' })
})

test('each command that has a button has a form and a name', () => {
  for (const c of [...begun, ...Object.keys(bulk)]) {
    expect(forms[c], c).toBeDefined()
    expect(en.tickets.commands[c], c).toBeTruthy()
  }
})

test('each field of each form has a label, and each choice a word', () => {
  for (const [c, fields] of Object.entries({ ...forms, opening }))
    for (const f of fields) {
      expect(en.tickets.fields[f.label ?? f.name], `${c}.${f.name}`).toBeTruthy()
      for (const o of f.options ?? []) expect(en.tickets.choices[o], `${c}.${f.name}: ${o}`).toBeTruthy()
    }
})

test('what is empty is left out, and what was typed goes as it was meant', () => {
  const body = bodyOf(forms.hand_over!, { department: 'field', person: '', next: '2026-11-30T10:00', note: '  <b>срочно</b>\n' })
  expect(body).toEqual({ department: 'field', next: new Date('2026-11-30T10:00').toISOString(), note: '<b>срочно</b>' })
  expect(bodyOf(forms.refuse!, { reason: 'r', alternatives: 'one\n\n two ' }).alternatives).toEqual(['one', 'two'])
  expect(bodyOf(forms.merge!, { into: '100\u202f237' })).toEqual({ into: '100237', force: false })
  expect(bodyOf(forms.decide_review!, { upheld: 'rejected', answer: 'a', solve: 'yes' }, { n: 2 })).toEqual({ n: 2, upheld: false, answer: 'a', solve: true })
  expect(bodyOf(forms.split!, { contacts: 'c1\nc2', subject: 's' })).toEqual({ contacts: ['c1', 'c2'], subject: 's' })
})

test('of what is edited only what has become different goes, also where it was emptied', () => {
  const was = { subject: 'Нет связи', topic: 'fault', class: 'claim', priority: '3', district: 'Приокский', reply_channel: 'mail', reply_address: 'a@b.c' }
  expect(bodyOf(forms.describe!, { ...was }, {}, was)).toEqual({})
  expect(bodyOf(forms.describe!, { ...was, priority: '1', district: ' ', class: '' }, {}, was)).toEqual({ priority: 1, district: '' })
  expect(bodyOf(forms.describe!, { ...was, reply_address: '' }, {}, was)).toEqual({ reply: { channel: 'mail', address: '' } })
  expect(bodyOf(bulk.describe!, { topic: 'billing', class: '', priority: '', district: '' })).toEqual({ topic: 'billing' })
})

test('what is needed, and what is too long, is said before anything is sent', () => {
  expect(lacking(forms.wait!, { for: 'customer', until: '', note: '' })).toEqual({ until: 'missing' })
  expect(lacking(forms.wait!, { for: 'customer', until: 'soon', note: '😀'.repeat(20_001) })).toEqual({ until: 'missing', note: 'too_long' })
  expect(lacking(forms.take!, {})).toEqual({})
  expect(lacking(forms.split!, { subject: 's' })).toEqual({ contacts: 'missing' })
})

test('a server’s field is a form’s field', () => {
  expect([fieldOf('body.next'), fieldOf('alternatives[0]'), fieldOf('body.reply.channel')]).toEqual(['next', 'alternatives', 'reply_channel'])
})

test('a promise that goes on in another ticket is not called withdrawn, in either language', () => {
  for (const t of [en, ru]) {
    const words = [{ state: 'withdrawn' }, { state: 'withdrawn', went_on: true }].map((p) => (t.tickets.promise_states as Record<string, string>)[becameOf(p)])
    expect(words.every(Boolean) && new Set(words).size === 2).toBe(true)
  }
})
