import { describe, expect, test } from 'vitest'
import { countdown, duration, instant, percent, phone, plain, plural, second, since, spoken, when } from './format.ts'
import { en } from '../texts/en.ts'
import { ru } from '../texts/ru.ts'

describe('plurals', () => {
  test('Russian has three', () => {
    expect([0, 1, 2, 4, 5, 11, 14, 21, 22, 25, 101, 111, 112].map(ru.pop.open_tickets)).toEqual([
      '0 открытых заявок', '1 открытая заявка', '2 открытые заявки', '4 открытые заявки', '5 открытых заявок', '11 открытых заявок',
      '14 открытых заявок', '21 открытая заявка', '22 открытые заявки', '25 открытых заявок', '101 открытая заявка', '111 открытых заявок', '112 открытых заявок',
    ])
  })
  test('after “из” Russian takes the genitive', () => {
    expect([1, 2, 5, 21].map(ru.wall.of_calls)).toEqual(['из 1 звонка', 'из 2 звонков', 'из 5 звонков', 'из 21 звонка'])
  })
  test('English has two', () => {
    expect([0, 1, 2, 21].map(en.pop.open_tickets)).toEqual(['0 open tickets', '1 open ticket', '2 open tickets', '21 open tickets'])
  })
  test('a missing form falls back to other', () => expect(plural('ru', 2, { one: 'a', other: 'b' })).toBe('b'))
})

test('the first hour of a day is 00 in every language', () => {
  const at = new Date(2026, 11, 1, 0, 6, 5)
  for (const language of ['ru', 'en'] as const) {
    expect(second(at.toISOString(), language)).toBe('00:06:05')
    expect(when(at.toISOString(), at.getTime(), language)).toBe('00:06')
  }
})

describe('durations', () => {
  test('are minutes and seconds, then hours', () => {
    expect([0, 999, 1000, 61_000, 3_599_999, 3_600_000, 36_061_000].map(duration)).toEqual(['0:00', '0:00', '0:01', '1:01', '59:59', '1:00:00', '10:01:01'])
  })
  test('never run backwards below nothing', () => expect(duration(-5000)).toBe('0:00'))
  test('a countdown shows nothing left only when nothing is left', () => {
    expect([1, 999, 1000, 1001, 0, -1].map(countdown)).toEqual(['0:01', '0:01', '0:01', '0:02', '0:00', '0:00'])
  })
  test('since reads the timestamp; an absent one and Go’s zero time are nothing', () => {
    const now = Date.parse('2030-01-01T10:00:00Z')
    expect(since('2030-01-01T09:58:30Z', now)).toBe('1:30')
    expect(since('2030-01-01T12:58:30+03:00', now)).toBe('1:30')
    expect([null, undefined, '', 'rubbish', '0001-01-01T00:00:00Z'].map((s) => since(s, now))).toEqual([null, null, null, null, null])
    expect(instant('rubbish')).toBeNull()
  })
  test('when is the time alone today, and the date besides on other days', () => {
    const now = new Date(2030, 4, 5, 12, 0).getTime()
    expect(when(new Date(2030, 4, 5, 9, 7).toISOString(), now, 'ru')).toBe('09:07')
    expect(when(new Date(2030, 4, 4, 9, 7).toISOString(), now, 'en')).toBe('May 4, 09:07')
    expect(when(new Date(2028, 4, 4, 9, 7).toISOString(), now, 'ru')).toContain('2028')
    expect(when(null, now, 'ru')).toBe('')
  })
})

test('within a call, moments are told to the second', () => {
  expect(second(new Date(2026, 4, 4, 9, 7, 5).toISOString(), 'ru')).toBe('09:07:05')
  expect(second(new Date(2026, 4, 4, 19, 7, 5).toISOString(), 'en')).toBe('19:07:05')
  expect(second(undefined, 'ru')).toBe('')
})

test('a share is a whole per cent, and 100 only when it is', () => {
  expect([0, 0.456, 0.999, 1, null, undefined].map(percent)).toEqual(['0\u202f%', '46\u202f%', '99\u202f%', '100\u202f%', null, null])
})

test('numbers are grouped where the plan is known, and otherwise stay what they are', () => {
  expect(phone('+79123456789')).toBe('+7 912 345-67-89')
  expect(phone('+12025550143')).toBe('+1 202 555-0143')
  expect(phone('+442071838750')).toBe('+44 207 183 8750')
  expect(phone('+375291234567')).toBe('+375 291 234 567')
  expect(phone('112')).toBe('112')
  expect(phone('')).toBe('')
  expect(phone(null)).toBe('')
})

describe('a caller’s own text', () => {
  test('loses what turns or hides text, and keeps the letters', () => {
    expect(plain('Анна\u202Egnp.exe\u0000\u0007 <b>"O’Neil"</b>')).toBe('Анна gnp.exe <b>"O’Neil"</b>')
    expect(plain('\u2066\u200f\ufeff')).toBe('')
  })
  test('is cut between characters', () => {
    const long = plain('😀'.repeat(10_000), 50)
    expect(Array.from(long)).toHaveLength(50)
    expect(long.endsWith('…')).toBe(true)
    expect(long).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/)
  })
})

test('a ticket’s digits are set apart in threes', () => {
  expect(spoken('100237')).toBe('100\u202f237')
  expect(spoken('1002')).toBe('100\u202f2')
  expect(spoken(undefined)).toBe('')
})
