import { expect, test } from 'vitest'
import { differences } from './changes.ts'
import { day } from './dates.ts'

test('of a list only what went and what came is told', () => {
  expect(differences({ notes: [['a', 'b'], ['b', 'c']], name: ['Анна', 'Анна Лебедева'], numbers: [null, ['+71']], mails: [['x@y', 'z@y'], ['z@y', 'x@y']] })).toEqual([
    { field: 'name', gone: ['Анна'], come: ['Анна Лебедева'] },
    { field: 'numbers', gone: [], come: ['+71'] },
    { field: 'notes', gone: ['a'], come: ['c'] },
  ])
})

test('a contract is told with what is agreed and its end', () => {
  expect(differences({ contracts: [[{ number: 'К-1' }], [{ number: 'К-1', agreement: 'home', ends_on: '2027-01-31' }]] })).toEqual([
    { field: 'contracts', gone: ['К-1'], come: ['К-1 · home · 2027-01-31'] },
  ])
})

test('a part of a contract is told in words where somebody has them', () => {
  const words = (name: string, value: string) => (name === 'agreement' ? 'Дом' : name === 'ends_on' ? `до ${day(value, 'ru')}` : value)
  expect(differences({ contracts: [[], [{ number: 'К-1', agreement: 'home', ends_on: '2027-01-31' }]] }, words)).toEqual([
    { field: 'contracts', gone: [], come: ['К-1 · Дом · до 31 янв. 2027 г.'] },
  ])
})

test('a day is the same day wherever the page is read', () => {
  expect(day('2027-01-31', 'en')).toMatch(/Jan.*31.*2027|31.*Jan.*2027/)
  expect(day('soon', 'en')).toBe('soon')
  expect(day(undefined, 'ru')).toBe('')
})
