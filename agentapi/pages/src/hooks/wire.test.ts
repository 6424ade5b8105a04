import { expect, test } from 'vitest'
import source from '../../../hooks/events.go?raw'
import { kindOf } from './wire.ts'
import { texts } from './texts.ts'

test('each type of event has words in both languages', () => {
  const types = [...source.matchAll(/= prefix \+ "([a-z.]+)"/g)].map(([, type]) => `hotline.${type}`)
  expect(types.length).toBeGreaterThan(5)
  for (const t of [texts.ru, texts.en]) for (const type of types) expect(Object.hasOwn(t.types, kindOf({ type })), type).toBe(true)
})
