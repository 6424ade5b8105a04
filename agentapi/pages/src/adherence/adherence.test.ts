import { expect, test } from 'vitest'
import { texts } from './texts.ts'
import { bars, moved, readAsked, said, span, writeAsked, type Row } from './wire.ts'

test('an address says what is shown, and what is odd in it is left out', () => {
  const a = readAsked('?from=2026-11-02&to=2026-11-08&department=support')
  expect(a).toEqual({ from: '2026-11-02', to: '2026-11-08', department: 'support' })
  expect(readAsked(writeAsked(a))).toEqual(a)
  expect(readAsked('?from=yesterday&to=2026-11-08')).toEqual({ from: '', to: '', department: '' })
  expect(readAsked('?from=2026-11-09&to=2026-11-08').to).toBe('')
})

test('a day later is a day later, also at the end of a month and of a year', () => {
  expect([moved('2026-11-30', 1), moved('2027-01-01', -1), moved('2028-02-28', 1)]).toEqual(['2026-12-01', '2026-12-31', '2028-02-29'])
})

test('a drawing reaches over whole hours of plan and day, and a piece that leaves it is cut', () => {
  const row = { planned: [{ from: '2026-11-02T06:00:00Z', to: '2026-11-02T15:00:00Z', is: 'shift' }], was: [{ from: '2026-11-02T05:50:00Z', to: '2026-11-02T15:10:00Z', is: 'ready' }] } as unknown as Row
  const of = span([row])!
  expect([new Date(of.from).toISOString(), new Date(of.to).toISOString()]).toEqual(['2026-11-02T05:00:00.000Z', '2026-11-02T16:00:00.000Z'])
  expect(span([])).toBeNull()
  const [b] = bars([{ from: '2026-11-02T00:00:00Z', to: '2026-11-02T10:30:00Z', is: 'away' }], of, () => 'x')
  expect(b).toEqual({ is: 'away', from: 0, wide: 0.5, title: 'x' })
})

test('a piece is told with how long it is', () => {
  expect(said({ from: '2026-11-02T06:07:00Z', to: '2026-11-02T10:02:30Z', is: 'ready' }, 'Ready', (at) => at.slice(11, 16))).toBe('Ready 06:07–10:02, 3:55:30')
})

test('both languages say everything', () => {
  const keys = (o: object, at = ''): string[] => Object.entries(o).flatMap(([k, v]) => (v && typeof v === 'object' ? keys(v, `${at}${k}.`) : [`${at}${k}`]))
  expect(keys(texts.en)).toEqual(keys(texts.ru))
})
