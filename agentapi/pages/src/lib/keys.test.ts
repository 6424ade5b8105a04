import { describe, expect, test } from 'vitest'
import { actionOf, caption, defaults, digitOf, helpAsked, remap, remembered } from './keys.ts'

const press = (code: string, mods: Partial<Record<'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey' | 'repeat', boolean>> = {}, key = '') => ({
  code, key, ctrlKey: false, shiftKey: false, altKey: false, metaKey: false, repeat: false, ...mods,
})
const both = { ctrlKey: true, shiftKey: true }

describe('keys', () => {
  test('go by place: a Cyrillic layout changes nothing', () => {
    expect(actionOf(press('KeyA', both, 'Ф'), false, defaults)).toBe('accept')
    expect(actionOf(press('KeyR', both, 'К'), false, defaults)).toBe('decline')
  })
  test('are silent while typing, without both modifiers, and when held down', () => {
    expect(actionOf(press('KeyA', both), true, defaults)).toBeNull()
    expect(actionOf(press('KeyA', { ctrlKey: true }), false, defaults)).toBeNull()
    expect(actionOf(press('KeyA', { ...both, altKey: true }), false, defaults)).toBeNull()
    expect(actionOf(press('KeyA', { ...both, repeat: true }), false, defaults)).toBeNull()
  })
  test('digits choose a disposition, from either block, bare only', () => {
    expect(digitOf(press('Digit3'), false)).toBe(3)
    expect(digitOf(press('Numpad8'), false)).toBe(8)
    expect(digitOf(press('Digit9'), false)).toBeNull()
    expect(digitOf(press('Digit3', { shiftKey: true }), false)).toBeNull()
    expect(digitOf(press('Digit3'), true)).toBeNull()
  })
  test('the question mark asks for help in both layouts', () => {
    expect(helpAsked(press('Slash', { shiftKey: true }, '?'), false)).toBe(true)
    expect(helpAsked(press('Digit7', { shiftKey: true }, '?'), false)).toBe(true)
    expect(helpAsked(press('Slash', { shiftKey: true }, '?'), true)).toBe(false)
  })
})

describe('remapping', () => {
  test('swaps with whoever had the key', () => {
    const keys = remap(defaults, 'accept', 'KeyR')
    expect(keys.accept).toBe('KeyR')
    expect(keys.decline).toBe('KeyA')
  })
  test('is remembered, and rubbish is not', () => {
    expect(remembered(JSON.stringify(remap(defaults, 'mute', 'F9'))).mute).toBe('F9')
    expect(remembered('{"mute": 7}')).toEqual(defaults)
    expect(remembered('{"mute":"KeyA","accept":"KeyA"}')).toEqual(defaults)
    expect(remembered('not json')).toEqual(defaults)
    expect(remembered(null)).toEqual(defaults)
  })
  test('is kept beside an action that was not there, whose default somebody has taken', () => {
    const { supervisor: _, ...stored } = { ...defaults, mute: defaults.supervisor }
    expect(remembered(JSON.stringify(stored))).toEqual({ ...stored, supervisor: defaults.mute })
  })
  test('captions are what is printed on the key', () => expect(['KeyA', 'Digit1', 'F9'].map(caption)).toEqual(['A', '1', 'F9']))
})
