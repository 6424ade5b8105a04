import { expect, test } from 'vitest'
import { nearest, sought } from './story.ts'

const agent = (name: string, standing: string, rank?: number) => ({ agent: { id: name, name }, standing, rank, words: {} })

test('who goes next stands first, and who could never take it last', () => {
  const all = [agent('Anna', 'lacks_skills'), agent('Boris', 'busy'), agent('Vera', 'free', 2), agent('Gleb', 'has_it'), agent('Olga', 'free', 1), agent('Yana', 'new'), agent('Dina', 'busy')]
  expect(nearest(all, 10).shown.map((a) => a.agent.name)).toEqual(['Gleb', 'Olga', 'Vera', 'Boris', 'Dina', 'Anna', 'Yana'])
})

test('of thousands some are shown, and the others counted', () => {
  const { shown, more } = nearest(Array.from({ length: 3000 }, (_, i) => agent(String(i), 'busy')), 50)
  expect([shown.length, more]).toEqual([50, 2950])
  expect(nearest(undefined, 50)).toEqual({ shown: [], more: 0 })
})

test('digits are a ticket, however they are spaced, and all else is a call', () => {
  expect(sought(' 100 237 ')).toEqual({ ticket: '100237' })
  expect(sought('100\u202f237')).toEqual({ ticket: '100237' })
  expect(sought('01a21b3b-e45c-72fd')).toEqual({ call: '01a21b3b-e45c-72fd' })
  expect(sought('  ')).toBeNull()
})
