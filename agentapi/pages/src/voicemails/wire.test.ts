import { expect, test } from 'vitest'
import { key, who, type Voicemail } from './wire.ts'

const left = (more: Partial<Voicemail>): Voicemail => ({ contact: 'c1', n: 2, call: 'c1', at: '', number: '+79161234567', number_name: '', customer: null, ticket: '100231', queue: '', length_s: null, done_at: null, done_by: '', ...more })

test('who left it is named by the best that is known', () => {
  expect(who(left({ customer: { id: 'x', name: 'Ivan' }, number_name: 'IVAN' }))).toBe('Ivan')
  expect(who(left({ customer: { id: 'x', name: '' }, number_name: 'IVAN' }))).toBe('IVAN')
  expect(who(left({}))).toContain('916')
  expect(who(left({ number: '' }))).toBe('')
})

test('two messages of one call are told apart', () => {
  expect(key(left({}))).not.toBe(key(left({ n: 1 })))
})
