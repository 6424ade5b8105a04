import { expect, test } from 'vitest'
import { fillIn, forTopic, fromParts } from './answers.ts'

test('a template is filled in with what is known, and shows what is not', () => {
  expect(fillIn('Здравствуйте, {name}! Заявка {number}: {date}. {constructor}', { name: 'Анна {number}', number: '100237' })).toBe(
    'Здравствуйте, Анна {number}! Заявка 100237: {date}. {constructor}',
  )
})

test('answers are offered for all topics, for the ticket’s own, and for what that is a kind of', () => {
  const topics = [{ id: 'fault' }, { id: 'fault.line', parent: 'fault' }, { id: 'billing' }, { id: 'loop', parent: 'loop' }]
  const all = [{ id: 'any', text: '', topics: [] }, { id: 'fault', text: '', topics: ['fault'] }, { id: 'line', text: '', topics: ['fault.line', 'billing'] }, { id: 'money', text: '', topics: ['billing'] }]
  const ids = (topic: string) => forTopic(all, topics, topic).map((a) => a.id)
  expect(ids('fault.line')).toEqual(['any', 'fault', 'line'])
  expect(ids('fault')).toEqual(['any', 'fault'])
  expect(ids('')).toEqual(['any'])
  expect(ids('loop')).toEqual(['any'])
})

test('what parts said before the customer was answered is not said again', () => {
  const part = (n: number, done_at: string, more = {}) => ({ n, department: 'billing', what: `Q${n}`, answer: `A${n}`, state: 'answered', done_at, ...more })
  const parts = [part(1, '2026-03-02T12:00:00.5Z'), part(2, '2026-03-02T13:00:00Z'), part(3, '2026-03-02T14:00:00+03:00'), part(4, '2026-03-02T15:00:00Z', { state: 'withdrawn', answer: '' })]
  expect(fromParts(parts, '2026-03-02T12:30:00Z')).toBe('Q2\nA2')
  expect(fromParts(parts, '2026-03-02T12:00:00.5Z')).toBe('Q1\nA1\n\nQ2\nA2')
  expect(fromParts(parts, null)).toBe('Q1\nA1\n\nQ2\nA2\n\nQ3\nA3')
})
