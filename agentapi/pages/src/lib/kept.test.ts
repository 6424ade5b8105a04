import { beforeEach, expect, test, vi } from 'vitest'
import { forgetTab, keepFor, kept } from './kept.ts'

class Memory {
  [key: string]: unknown
  getItem(key: string): string | null {
    return Object.hasOwn(this, key) ? String(this[key]) : null
  }
  setItem(key: string, value: string): void {
    this[key] = value
  }
  removeItem(key: string): void {
    delete this[key]
  }
}

beforeEach(() => {
  vi.stubGlobal('sessionStorage', new Memory())
  vi.stubGlobal('localStorage', new Memory())
})

test('another person who signs in here sees nothing of the first', () => {
  keepFor('anna')
  for (const key of ['draft', 'pop', 'offer', 'ended', 'shift']) kept.set(key, 'of anna', 'tab')
  kept.set('language', 'ru')
  keepFor('anna') // a reload
  expect(kept.get('pop', 'tab')).toBe('of anna')
  forgetTab('draft') // the sign-in has ended by itself
  expect(Object.keys(sessionStorage).sort()).toEqual(['hotline.draft', 'hotline.person'])
  keepFor('boris')
  expect(Object.keys(sessionStorage)).toEqual(['hotline.person'])
  expect(kept.get('language')).toBe('ru')
})

test('what one has typed is there when they sign in again', () => {
  keepFor('anna')
  kept.set('draft', 'a note', 'tab')
  kept.set('unsaved', 'what the server has not taken', 'tab')
  forgetTab('draft')
  keepFor('anna')
  expect(kept.get('draft', 'tab')).toBe('a note')
  expect(kept.get('unsaved', 'tab')).toBe('what the server has not taken')
})

test('signing out leaves nothing in the tab, and nothing of another program is touched', () => {
  keepFor('anna')
  kept.set('draft', 'a note', 'tab')
  sessionStorage.setItem('other', 'x')
  forgetTab()
  expect(Object.keys(sessionStorage)).toEqual(['other'])
})

test('a browser without memory works', () => {
  vi.stubGlobal('sessionStorage', undefined)
  keepFor('anna')
  forgetTab()
  expect(kept.get('draft', 'tab')).toBeNull()
})
