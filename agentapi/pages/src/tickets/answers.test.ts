import { expect, test } from 'vitest'
import { fillIn, forTopic } from './answers.ts'

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
