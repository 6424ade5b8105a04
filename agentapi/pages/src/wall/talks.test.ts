import { expect, test } from 'vitest'
import type { Wall } from '../lib/wire.ts'
import { gathering } from './talks.ts'

const wall = {
  talks: [
    { agent: 'g1', name: 'Илья', call: 'c1', since: '1', asked: { id: 'g2', who: 'Мария', state: 'rings', since: '2' } },
    { agent: 'g3', name: 'Helen', call: 'c2', since: '1', guests: [{ id: 'g4', who: 'Тимур', since: '3' }, { id: '105', number: '105', since: '4' }] },
  ],
} as Wall

test('who asks somebody, and who is asked, are told of each other', () => {
  expect(gathering(wall, 'g1')).toMatchObject({ asks: { who: 'Мария', since: '2', rings: true }, guests: [], of: null })
  expect(gathering(wall, 'g2')).toEqual({ asks: null, guests: [], of: { who: 'Илья', since: '2' } })
})

test('guests are named to the agent of the talk, and that agent to a guest', () => {
  expect(gathering(wall, 'g3')?.guests.map((g) => g.who ?? g.number)).toEqual(['Тимур', '105'])
  expect(gathering(wall, 'g4')?.of).toEqual({ who: 'Helen', since: '3' })
})

test('a number outside is nobody here, though an agent has it for an id', () => {
  expect(gathering(wall, '105')).toBeNull()
  expect(gathering({} as Wall, 'g1')).toBeNull()
})
