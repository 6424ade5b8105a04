import { expect, test } from 'vitest'
import { en } from '../texts/en.ts'
import { beside, bodyOf, bulk, fieldOf, first, forms, lacking, later } from './forms.ts'

test('each command that has a button has a form and a name', () => {
  for (const c of [...first, ...later, ...bulk, ...Object.values(beside).flat()]) {
    expect(forms[c], c).toBeDefined()
    expect(en.tickets.commands[c], c).toBeTruthy()
  }
})

test('each field of each form has a label, and each choice a word', () => {
  for (const [c, fields] of Object.entries(forms))
    for (const f of fields) {
      expect(en.tickets.fields[f.label ?? f.name], `${c}.${f.name}`).toBeTruthy()
      for (const o of f.options ?? []) expect(en.tickets.choices[o], `${c}.${f.name}: ${o}`).toBeTruthy()
    }
})

test('what is empty is left out, and what was typed goes as it was meant', () => {
  const body = bodyOf(forms.hand_over!, { department: 'field', person: '', next: '2026-11-30T10:00', note: '  <b>срочно</b>\n' })
  expect(body).toEqual({ department: 'field', next: new Date('2026-11-30T10:00').toISOString(), note: '<b>срочно</b>' })
  expect(bodyOf(forms.refuse!, { reason: 'r', alternatives: 'one\n\n two ' }).alternatives).toEqual(['one', 'two'])
  expect(bodyOf(forms.merge!, { into: '100\u202f237' })).toEqual({ into: '100237' })
  expect(bodyOf(forms.decide_review!, { upheld: 'rejected', answer: 'a', solve: 'yes' }, { n: 2 })).toEqual({ n: 2, upheld: false, answer: 'a', solve: true })
})

test('what is needed, and what is too long, is said before anything is sent', () => {
  expect(lacking(forms.wait!, { for: 'customer', until: '', note: '' })).toEqual({ until: 'missing' })
  expect(lacking(forms.wait!, { for: 'customer', until: 'soon', note: '😀'.repeat(20_001) })).toEqual({ until: 'missing', note: 'too_long' })
  expect(lacking(forms.take!, {})).toEqual({})
})

test('a server’s field is a form’s field', () => {
  expect([fieldOf('body.next'), fieldOf('alternatives[0]'), fieldOf('reply.channel')]).toEqual(['next', 'alternatives', 'reply'])
})
