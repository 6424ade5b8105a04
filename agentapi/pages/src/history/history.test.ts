import { expect, test } from 'vitest'
import { lines } from './lines.ts'
import { question, readAsked, writeAsked } from './wire.ts'
import { texts } from './texts.ts'

const paints = { now: 'blue', week: 'green', year: 'brown', target: 'red' }

test('now, a week and a year before and the target are lines of their own over the same times', () => {
  const { data, series } = lines([1, 2, 3], [{ of: 'now', label: 'n', values: [1, null, 3] }, { of: 'year', label: 'y', values: [1, 2, 3] }], { label: 't', value: 0.8 }, paints)
  expect(data).toEqual([[1, 2, 3], [1, null, 3], [1, 2, 3], [0.8, 0.8, 0.8]])
  expect(series.map((s) => [s.label, s.stroke, Boolean(s.dash), s.points.show])).toEqual([['n', 'blue', false, true], ['y', 'brown', true, false], ['t', 'red', true, false]])
})

test('an address says what is shown, and what is odd in it is left out', () => {
  const a = readAsked('?by=agent&id=7&period=two_years&step=week&compare=year,decade,week&figure=aht&from=2026-01-01')
  expect(a).toEqual({ by: 'agent', id: '7', period: 'two_years', from: '', to: '', step: 'week', compare: 'week,year', figure: 'aht' })
  expect(readAsked(writeAsked(a))).toEqual(a)
  expect(question(a, 'ru')).toBe('/history/agent?language=ru&period=two_years&id=7&step=week&compare=week%2Cyear')
  const days = readAsked('?by=queue&from=2026-01-01&to=2026-01-31&period=week')
  expect([days.period, writeAsked(days)]).toEqual(['days', '?by=queue&from=2026-01-01&to=2026-01-31'])
})

test('both languages say everything', () => {
  const keys = (o: object, at = ''): string[] => Object.entries(o).flatMap(([k, v]) => (v && typeof v === 'object' ? keys(v, `${at}${k}.`) : [`${at}${k}`]))
  expect(keys(texts.en)).toEqual(keys(texts.ru))
})
