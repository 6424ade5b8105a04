import { expect, test } from 'vitest'
import { different, fold, join, news, others, read, seen, unanswered } from './timeline.ts'
import type { Item } from './wire.ts'

const entry = (id: string, at: string, text = '', by = 'p1'): Item => ({ id, at, type: 'entry', kind: 'note', text, by: { kind: 'person', id: by } })
const change = (id: string, at: string): Item => ({ id, at, type: 'change', kind: 'take', patch: {} })
const ids = (items: { id: string }[]) => items.map((i) => i.id)

test('items are read whatever stands beside them', () => {
  const by = { kind: 'person', id: 'p1' }
  const [contact, change, file, removed] = read([
    { id: 'c:1', at: '1', type: 'contact', by, contact: { id: '0190', channel: 'call', agent: 'g7', agent_name: 'Вера', note: 'n' } },
    { id: 'h:2', at: '2', type: 'change', by, change: { version: 4, at: '9', kind: 'take', patch: { owner: ['a', 'b'] } } },
    { id: 'h:3', at: '3', type: 'change', by, change: { version: 5, at: '3', kind: 'file.added', patch: {}, details: { file: 'f7' } } },
    { id: 'f:3', at: '3', type: 'file', by, file: { id: 'f7', name: 'x.pdf', size: 3 } },
    { id: 'h:4', at: '4', type: 'change', by, change: { version: 6, at: '4', kind: 'file.removed', patch: {}, details: { file: 'f7' } } },
  ])
  expect(contact).toMatchObject({ id: 'c:1', type: 'contact', call: '0190', agent: 'Вера', note: 'n' })
  expect(change).toMatchObject({ id: 'h:2', at: '2', kind: 'take', version: 4 })
  expect(file).toMatchObject({ id: 'f:3', type: 'file', file: 'f7', name: 'x.pdf' })
  expect(removed).toMatchObject({ kind: 'file.removed', version: 6 })
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

test('what was there as somebody began to write is no news, and what they do in another tab is', () => {
  const at = (id: string, version: number, by = 'me'): Item => ({ id, at: `2026-11-27T10:0${version}:00Z`, type: 'entry', kind: 'note', text: '', version, by: { kind: 'person', id: by } })
  const call: Item = { id: 'c1', at: '2026-11-27T10:04:30Z', type: 'contact', channel: 'call' }
  const upload = (id: string): Item => ({ id: `f:${id}`, file: id, at: '2026-11-27T10:05:30Z', type: 'file', name: id })
  const items = [at('e1', 1, 'p2'), at('e2', 2, 'p2')]
  const began = seen(2, items)
  const later = [...items, at('e3', 3), at('e4', 4), call, at('e5', 5, 'p2'), upload('mine'), upload('other')]
  expect(ids(news(later, began, new Set([4, 'mine'])))).toEqual(['e3', 'c1', 'e5', 'f:other'])
  expect(news(later, seen(5, later), new Set())).toEqual([])
})

test('a change tells what people read of it, the weightiest first', () => {
  const d = different({ patch: { topic: ['a', 'b'], step: ['serve', 'follow_up'], owner: ['p1', 'p2'], 'part.1': ['', '{}'], phase: ['open', 'in_work'], owner_kind: ['person', 'person'] } })
  expect(d).toEqual([{ field: 'phase', was: 'open', is: 'in_work' }, { field: 'owner', was: 'p1', is: 'p2' }, { field: 'topic', was: 'a', is: 'b' }])
})

test('a change names the other tickets that it was about', () => {
  expect(others({ details: { into: '100240', part: '1' }, patch: { phase: ['open', 'closed'] } })).toEqual(['100240'])
  expect(others({ details: { merged: '<b>', from: '100241' }, patch: { 'link.100237': ['', 'related'], 'link.100241': ['', 'duplicate'] } })).toEqual(['100241', '100237'])
  expect(others({})).toEqual([])
})

test('what a caller left is answered by a talk with them, and by nothing else', () => {
  const contact = (id: string, more: object): Item => ({ id, at: '', type: 'contact', call: id, channel: 'call', from: '+71', ...more })
  const left = (id: string, from = '+71') => contact(id, { outcome: 'voicemail', recordings: 1, from })
  const letter = contact('l', { channel: 'letter', outcome: 'served', from: '' })
  const missed = contact('o', { outcome: 'not_reached' })
  const talk = (from = '+71') => contact('t', { outcome: 'served', from })
  const cases: [Item[], string[]][] = [
    [[left('a'), letter, missed, contact('x', { outcome: 'abandoned_in_queue' })], ['a']],
    [[left('a'), left('b')], ['a', 'b']],
    [[left('a'), talk()], []],
    [[left('a'), talk('+72')], ['a']],
    [[left('a', ''), talk('+72')], []],
    [[left('a'), talk(), left('b')], ['b']],
    [[left('a'), contact('v', { channel: 'visit', outcome: '', from: '' })], []],
    [[left('a'), left('now')], ['a']],
  ]
  for (const [items, want] of cases) expect(ids(unanswered(items, 'now'))).toEqual(want)
})
