import { expect, test } from 'vitest'
import figures from '../../../past/figures.go?raw'
import { en } from './en.ts'
import { ru } from './ru.ts'

const keys = (o: object, at = ''): string[] =>
  Object.entries(o).flatMap(([k, v]) => (v && typeof v === 'object' ? keys(v, `${at}${k}.`) : [`${at}${k}`]))

test('both languages say everything', () => {
  expect(keys(en).sort()).toEqual(keys(ru).sort())
})

test('nothing is left empty, and no Russian text is in English', () => {
  const values = (o: object): [string, unknown][] => Object.entries(o).flatMap(([k, v]) => (v && typeof v === 'object' ? values(v) : [[k, v]]))
  for (const [k, v] of [...values(ru), ...values(en)]) expect(v, k).not.toBe('')
  for (const [k, v] of values(ru)) if (typeof v === 'string' && !['product', 'switch_language', 'no_value'].includes(k)) expect(v, k).toMatch(/[а-яё+]/i)
  for (const [k, v] of values(en)) if (typeof v === 'string' && k !== 'switch_language') expect(v, k).not.toMatch(/[а-яё]/i)
})

test('the history calls the service level as wall and alarms do', () => {
  for (const t of [ru, en]) expect(figures).toContain(`"${t.wall.service_level}"`)
  expect(ru.alarms.kinds.service_level).toContain(ru.wall.service_level.toLowerCase())
})
