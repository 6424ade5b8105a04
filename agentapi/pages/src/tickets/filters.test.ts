import { expect, test } from 'vitest'
import { readFilters, withField, writeFilters } from './filters.ts'

test('what an address says is what is shown, and the other way round', () => {
  const f = readFilters('?list=overdue&phase=waiting&parent=100237&q=%D1%80%D0%BE%D1%83%D1%82%D0%B5%D1%80&sort=opened')
  expect(f).toEqual({ list: 'overdue', sort: 'opened', by: { phase: 'waiting', parent: '100237', q: 'роутер' } })
  expect(readFilters(writeFilters(f))).toEqual(f)
})

test('an address that nobody of us wrote shows the usual list', () => {
  expect(readFilters('?list=everything&sort=drop&evil=1&q=%20%20', 'department')).toEqual({ list: 'department', sort: '', by: {} })
})

test('hostile text in an address stays the text of one filter', () => {
  const typed = '"><img src=x>&list=all'
  const f = withField(readFilters(''), 'q', typed)
  expect(readFilters(writeFilters(f))).toEqual({ list: 'mine', sort: '', by: { q: typed } })
})

test('an emptied filter is gone from the address', () => {
  const f = withField(readFilters('?list=all&owner=p1'), 'owner', '  ')
  expect(writeFilters(f)).toBe('?list=all')
})
