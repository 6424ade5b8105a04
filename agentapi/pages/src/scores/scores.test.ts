import { expect, test } from 'vitest'
import { texts } from './texts.ts'
import { answers, choices, criteria, filled, given, open, readFigures, score, writeFigures, type Form } from './wire.ts'

const title = { ru: 'x', en: 'x' }
const form: Form = { id: 'usual', title, sections: [
  { title, criteria: [{ id: 'greets', title, kind: 'yes_no', weight: 1 }, { id: 'listens', title, kind: 'scale', weight: 3 }] },
  { title, criteria: [{ id: 'identity', title, kind: 'yes_no', weight: 2, optional: true, fails_all: true }] },
] }
const say = (...v: (number | null)[]) => v.map((value, i) => ({ criterion: criteria(form)[i]!.id, value }))

test('answers are worth on the page what the server says of them', () => { // as TestAScoreIsTheWeightedMeanOfWhatCounts
  expect(score(form, say(1, 5, 1))).toEqual({ share: 1 })
  expect(score(form, say(0, 1, 1)).share).toBeCloseTo(2 / 6)
  expect(score(form, say(1, 3, null)).share).toBeCloseTo(2.5 / 4)
  expect(score(form, say(1, 5, 0))).toEqual({ share: 0, failed: ['identity'] })
  expect(score(form, [])).toEqual({ share: null })
})

test('a draft goes to the server and comes back as it was', () => {
  const g = given(form, undefined)
  expect(open(form, g).length).toBe(3)
  g.greets = { value: 0, note: ' short ' }
  g.identity = { value: 'na', note: '' }
  const sent = answers(form, g)
  expect(sent).toEqual([{ criterion: 'greets', value: 0, note: 'short' }, { criterion: 'identity', value: null }])
  const back = given(form, { by: 'olga', answers: sent, submitted_at: null, score: { share: 0 } })
  expect(back).toEqual({ greets: { value: 0, note: 'short' }, listens: { value: null, note: '' }, identity: { value: 'na', note: '' } })
  expect(open(form, back).map((c) => c.id)).toEqual(['listens'])
})

test('only what is optional can be n/a', () => {
  expect(criteria(form).map(choices)).toEqual([[1, 0], [1, 2, 3, 4, 5], [1, 0, 'na']])
})

test('both languages say everything', () => {
  const keys = (o: object, at = ''): string[] => Object.entries(o).flatMap(([k, v]) => (v && typeof v === 'object' ? keys(v, `${at}${k}.`) : [`${at}${k}`]))
  expect(keys(texts.en)).toEqual(keys(texts.ru))
})

test('what figures are shown stands in the address, and nothing odd from there', () => {
  const asked = { form: 'usual', by: 'week', from: '2026-11-01', to: '' } as const
  expect(readFigures(writeFigures(asked))).toEqual(asked)
  expect(readFigures('by=%3Cscript%3E&from=yesterday')).toEqual({ form: '', by: 'agent', from: '', to: '' })
})

test('a bar is full at the best answer and empty at the worst', () => {
  const c = (kind: 'yes_no' | 'scale', mean: number | null) => filled({ id: 'x', title, kind, answers: 1, mean, pairs: 0, shift: null, apart: null })
  expect([c('yes_no', 0.5), c('scale', 1), c('scale', 3), c('scale', 5), c('scale', null)]).toEqual([0.5, 0, 0.5, 1, 0])
})

test('a marked place goes with its answer', () => {
  const g = given(form, undefined)
  g.greets = { value: 1, note: '', at: 0 }
  expect(answers(form, g)).toEqual([{ criterion: 'greets', value: 1, at_s: 0 }])
  expect(given(form, { by: 'olga', answers: answers(form, g), submitted_at: null, score: { share: 1 } }).greets).toEqual({ value: 1, note: '', at: 0 })
})
