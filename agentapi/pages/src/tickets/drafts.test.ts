import { expect, test } from 'vitest'
import { Drafts, type Draft, type Shelf } from './drafts.ts'

function shelf(): Shelf & { all: Map<string, string> } {
  const all = new Map<string, string>()
  return {
    all,
    get length() {
      return all.size
    },
    key: (n) => [...all.keys()][n] ?? null,
    getItem: (k) => all.get(k) ?? null,
    setItem: (k, v) => void all.set(k, v),
    removeItem: (k) => void all.delete(k),
  }
}
const draft = (text: string, at = 1000): Draft => ({ text, base: 3, at })

test('a draft outlives the page that it was typed in', () => {
  const s = shelf()
  new Drafts('a1', () => s).write('100237', 'note', draft('не потеряйте\u202E<b>меня'))
  expect(new Drafts('a1', () => s).read('100237', 'note')).toEqual(draft('не потеряйте\u202E<b>меня'))
})

test('each editor of each ticket has its own, and nobody reads a colleague’s', () => {
  const s = shelf()
  const vera = new Drafts('a1', () => s)
  vera.write('100237', 'note', draft('a'))
  vera.write('100237', 'answer', draft('b'))
  vera.write('100240', 'answer', draft('c'))
  expect(vera.read('100237', 'answer')?.text).toBe('b')
  expect(vera.read('100240', 'note')).toBeNull()
  const ilja = new Drafts('a12', () => s)
  expect(ilja.read('100237', 'note')).toBeNull()
  ilja.write('100237', 'note', draft('d'))
  expect(vera.tickets()).toEqual(['100237', '100240'])
  vera.forget()
  expect(vera.tickets()).toEqual([])
  expect(ilja.read('100237', 'note')?.text).toBe('d')
})

test('an emptied draft is gone, and so is one that nobody has touched for a month', () => {
  const s = shelf()
  const d = new Drafts('a1', () => s)
  d.write('1', 'note', draft('x'))
  d.write('1', 'note', draft('  \n'))
  expect(s.all.size).toBe(0)
  d.write('2', 'note', draft('old', 0))
  d.write('3', 'note', draft('young', 20 * 86_400_000))
  s.setItem('hotline.draft.a1.4.note', '{broken')
  s.setItem('hotline.language', 'ru')
  d.sweep(40 * 86_400_000)
  expect(d.tickets()).toEqual(['3'])
  expect(s.getItem('hotline.language')).toBe('ru')
})

test('what a browser without memory or room does not take, the page keeps, and says so', () => {
  let full = true
  const s = shelf()
  const d = new Drafts('a9', () => {
    if (full) throw new Error('denied')
    return s
  })
  expect(d.write('1', 'note', draft('x'))).toBe(false)
  expect([d.read('1', 'note')?.text, d.tickets(), d.endsWithPage]).toEqual(['x', ['1'], true])
  expect(new Drafts('a8').read('1', 'note')).toBeNull()
  full = false
  expect(d.write('1', 'note', draft('xy'))).toBe(true)
  expect([d.endsWithPage, s.all.size]).toEqual([false, 1])
})

test('what the browser kept before it was full does not come back', () => {
  let full = false
  const s = shelf()
  const d = new Drafts('a7', () => ({ ...s, getItem: s.getItem, setItem: (k, v) => { if (full) throw new Error('quota'); s.setItem(k, v) } }))
  d.write('1', 'note', draft('old'))
  full = true
  expect(d.write('1', 'note', draft('new'))).toBe(false)
  expect(d.read('1', 'note')?.text).toBe('new')
  d.write('1', 'note', draft(''))
  expect(d.read('1', 'note')).toBeNull()
})
