import { expect, test } from 'vitest'
import { keyOf, listKeys, searchAsked, sendAsked, ticketKeys } from './keys.ts'

const press = (code: string, more = {}) => ({ code, key: '', ctrlKey: false, shiftKey: false, altKey: false, metaKey: false, ...more })

test('the keys are the same ones in a Russian layout', () => {
  expect(keyOf(press('KeyJ', { key: 'о' }), false, listKeys)).toBe('down')
  expect(keyOf(press('KeyX', { key: 'ч' }), false, listKeys)).toBe('mark')
  expect(keyOf(press('KeyN', { key: 'т' }), false, ticketKeys)).toBe('note')
  expect(searchAsked(press('Slash', { key: '.' }), false)).toBe(true)
})

test('while somebody types, and with the browser’s own combinations, they are silent', () => {
  expect(keyOf(press('KeyJ'), true, listKeys)).toBeNull()
  for (const held of ['ctrlKey', 'altKey', 'metaKey', 'shiftKey']) expect(keyOf(press('KeyR', { [held]: true }), false, ticketKeys)).toBeNull()
  expect(keyOf(press('toString'), false, listKeys)).toBeNull()
  expect(searchAsked(press('Slash', { key: '?', shiftKey: true }), false)).toBe(false)
})

test('a key that is held down moves on, and does nothing else twice', () => {
  expect(keyOf(press('KeyJ', { repeat: true }), false, listKeys)).toBe('down')
  for (const code of ['KeyX', 'Enter', 'Space']) expect(keyOf(press(code, { repeat: true }), false, listKeys)).toBeNull()
  for (const code of Object.keys(ticketKeys)) expect(keyOf(press(code, { repeat: true }), false, ticketKeys)).toBeNull()
  expect(sendAsked(press('Enter', { ctrlKey: true, repeat: true }))).toBe(false)
})

test('Ctrl or Command and Enter send from inside a text', () => {
  expect(sendAsked(press('Enter', { ctrlKey: true }))).toBe(true)
  expect(sendAsked(press('NumpadEnter', { metaKey: true }))).toBe(true)
  expect(sendAsked(press('Enter'))).toBe(false)
})
