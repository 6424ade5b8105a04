import { expect, test } from 'vitest'
import { tree } from './topics.ts'

test('each topic stands below what it is a kind of, once, whatever the order', () => {
  const topics = [{ id: 'line.cable', parent: 'line' }, { id: 'money' }, { id: 'line', parent: 'fault' }, { id: 'fault' }, { id: 'lost', parent: 'gone' }, { id: 'a', parent: 'b' }, { id: 'b', parent: 'a' }]
  expect(tree(topics).map(({ topic, depth }) => `${depth}${topic.id}`)).toEqual(['0money', '0fault', '1line', '2line.cable', '0lost', '0a', '1b'])
})
