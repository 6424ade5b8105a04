import { expect, test } from 'vitest'
import { changed, figure, lasting, named, ticks, top } from './figures.ts'
import { texts } from './texts.ts'
import { question, readAsked, writeAsked } from './wire.ts'

test('figures are written in their units, and no value is no zero', () => {
  expect(figure(1234, 'count', 'en', texts.en)).toBe('1,234')
  expect(figure(0.996, 'share', 'ru', texts.ru)).toBe('99\u202f%')
  expect(figure(null, 'share', 'ru', texts.ru)).toBe('—')
  expect(figure(0, 'count', 'ru', texts.ru)).toBe('0')
  expect(lasting(90_061, 'ru', texts.ru)).toBe('1 д 1 ч')
  expect(lasting(59, 'en', texts.en)).toBe('59 s')
  expect(lasting(3600, 'en', texts.en)).toBe('1 h')
})

test('a share changes in points, a count in parts of what it was, and from nothing nobody can say', () => {
  expect(changed(0.9, 0.8, 'share', 'en')).toBe('+10 pp')
  expect(changed(30, 40, 'count', 'ru')).toBe('−25\u202f%')
  expect(changed(40, 40, 'count', 'ru')).toBe('±0\u202f%')
  expect(changed(5, 0, 'count', 'ru')).toBe('')
  expect(changed(null, 0.5, 'share', 'ru')).toBe('')
})

test('an axis begins at zero and ends at a round number that holds all', () => {
  for (const most of [0, 1, 3, 7, 12, 99, 100, 101, 12_345]) {
    const end = top([most, null, 0], 'count')
    expect(end).toBeGreaterThanOrEqual(most)
    expect(end).toBeLessThanOrEqual(Math.max(most * 2, 4))
    const all = ticks(end)
    expect(all[0]).toBe(0)
    expect(all.at(-1)).toBe(end)
    for (const t of all) expect(Number.isInteger(t), `${t} of ${end}`).toBe(true)
  }
  expect(top([0.2], 'share')).toBe(1)
  expect(named(31, 10)).toBe(4)
  expect(named(3, 10)).toBe(1)
})

test('the address says what is asked, and nothing that means nothing', () => {
  const asked = readAsked('?report=clocks&from=2026-11-01&to=2026-11-05&group=day')
  expect(asked.period).toBe('days')
  expect(readAsked(writeAsked(asked))).toEqual(asked)
  expect(writeAsked({ ...asked, period: 'week' })).toBe('?report=clocks&period=week&group=day')
  expect(readAsked('?period=<script>').period).toBe('month')
  expect(question(asked, 'ru', { format: 'csv' })).toBe('/reports/clocks?language=ru&from=2026-11-01&to=2026-11-05&group=day&format=csv')
})

test('both languages say everything', () => {
  const keys = (o: object): string[] => Object.entries(o).flatMap(([k, v]) => (v && typeof v === 'object' ? keys(v).map((i) => `${k}.${i}`) : [k]))
  expect(keys(texts.en)).toEqual(keys(texts.ru))
})
