import { expect, test } from 'vitest'
import { different, fillIn, fold, join, news, read } from './timeline.ts'
import type { Item } from './wire.ts'

const entry = (id: string, at: string, text = '', by = 'p1'): Item => ({ id, at, type: 'entry', kind: 'note', text, by: { kind: 'person', id: by } })
const change = (id: string, at: string): Item => ({ id, at, type: 'change', kind: 'take', patch: {} })
const ids = (items: { id: string }[]) => items.map((i) => i.id)

test('items are read whatever stands beside them', () => {
  const by = { kind: 'person', id: 'p1' }
  const [contact, change, file] = read([
    { id: 'c:1', at: '1', type: 'contact', by, contact: { id: '0190', channel: 'call', agent: 'g7', agent_name: 'Вера', note: 'n' } },
    { id: 'h:2', at: '2', type: 'change', by, change: { version: 4, at: '9', kind: 'take', patch: { owner: ['a', 'b'] } } },
    { id: 'f:3', at: '3', type: 'file', by, file: { id: 'f7', name: 'x.pdf', size: 3 } },
  ])
  expect(contact).toMatchObject({ id: 'c:1', type: 'contact', call: '0190', agent: 'Вера', note: 'n' })
  expect(change).toMatchObject({ id: 'h:2', at: '2', kind: 'take', version: 4 })
  expect(file).toMatchObject({ id: 'f:3', type: 'file', file: 'f7', name: 'x.pdf' })
  expect(read(null)).toEqual([])
})

test('answers that overlap are one story, in the order of time', () => {
  const first = [entry('e3', '2026-11-27T12:00:00Z'), entry('e2', '2026-11-27T11:00:00Z')]
  const older = [entry('e2', '2026-11-27T11:00:00Z'), entry('e1', '2026-11-27T10:00:00.5Z'), change('c1', '2026-11-27T13:00:00+03:00')]
  expect(ids(join(first, older))).toEqual(['c1', 'e1', 'e2', 'e3'])
})

test('what came last is what is shown', () => {
  const joined = join([entry('e1', '2026-11-27T10:00:00Z', 'old')], [entry('e1', '2026-11-27T10:00:00Z', 'new')])
  expect(joined).toHaveLength(1)
  expect(joined[0]).toMatchObject({ text: 'new' })
})

test('changes that follow each other are one line, and texts are never folded', () => {
  const told = fold([change('c1', '1'), change('c2', '2'), entry('e1', '3'), change('c3', '4'), entry('e2', '5'), entry('e3', '6')])
  expect(told.map((t) => (t.kind === 'changes' ? t.items.length : t.item.id))).toEqual([2, 'e1', 1, 'e2', 'e3'])
  expect(told.map((t) => t.id)).toEqual(['c1', 'e1', 'c3', 'e2', 'e3'])
})

test('what one has written oneself is no news', () => {
  const known = [entry('e1', '1')]
  expect(ids(news(known, [...known, entry('e2', '2', '', 'me'), entry('e3', '3', '', 'p2'), change('c1', '4')], 'me'))).toEqual(['e3', 'c1'])
})

test('a change tells what people read of it', () => {
  const d = different({ patch: { step: ['serve', 'follow_up'], owner: ['p1', 'p2'], 'part.1': ['', '{}'], phase: ['open', 'in_work'], owner_kind: ['person', 'person'] } })
  expect(d).toEqual([{ field: 'owner', was: 'p1', is: 'p2' }, { field: 'phase', was: 'open', is: 'in_work' }])
})

test('a template is filled in with what is known, and shows what is not', () => {
  expect(fillIn('Здравствуйте, {name}! Заявка {number}: {date}. {constructor}', { name: 'Анна {number}', number: '100237' })).toBe(
    'Здравствуйте, Анна {number}! Заявка 100237: {date}. {constructor}',
  )
})
