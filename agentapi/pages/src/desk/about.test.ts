import { expect, test } from 'vitest'
import { body, collides, unsaved } from './about.ts'

const ticket = { subject: 'No link', topic: 'fault', class: 'claim', priority: 3 }

test('what the ticket says already is not written again', () => {
  expect(unsaved({ subject: ' No link ', about: { topic: 'fault', priority: '3' } }, ticket, true)).toEqual({})
  expect(unsaved({ subject: 'No link at night', about: { topic: 'billing', class: '' } }, ticket, true)).toEqual({ subject: 'No link at night', topic: 'billing' })
})

test('a subject that nobody has touched, or that was emptied, is left to the ticket', () => {
  expect(unsaved({ subject: 'old' }, ticket, false)).toEqual({})
  expect(unsaved({ subject: '  ' }, ticket, true)).toEqual({})
})

test('a priority is a number', () => expect(body({ priority: '2', topic: 'x' })).toEqual({ priority: 2, topic: 'x' }))

test('only the same field of a colleague collides', () => {
  const since = [{ at: '', kind: 'describe', patch: { topic: ['fault', 'billing'] as [string, string] } }, { at: '', kind: 'note', patch: null }]
  expect(collides({ subject: 'x' }, since)).toEqual([])
  expect(collides({ subject: 'x', topic: 'y' }, since)).toEqual(['topic'])
})
