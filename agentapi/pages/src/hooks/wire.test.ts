import { expect, test } from 'vitest'
import source from '../../../hooks/events.go?raw'
import receiver from '../../../hooks/receiver.go?raw'
import { kindOf, whyOf } from './wire.ts'
import { texts } from './texts.ts'

test('each type of event has words in both languages', () => {
  const types = [...source.matchAll(/= prefix \+ "([a-z.]+)"/g)].map(([, type]) => `hotline.${type}`)
  expect(types.length).toBeGreaterThan(5)
  for (const t of [texts.ru, texts.en]) for (const type of types) expect(Object.hasOwn(t.types, kindOf({ type })), type).toBe(true)
})

test('why an event was not taken is said in the language of the page, and the rest as the server wrote it', () => {
  expect(whyOf({ error: 'the receiver answers 503 Service Unavailable' }, texts.ru)).toBe('получатель отвечает 503 Service Unavailable')
  expect(whyOf({ error: 'dial tcp: lookup crm.example.com: no such host' }, texts.ru)).toBe('dial tcp: lookup crm.example.com: нет такого узла')
  expect(whyOf({ error: 'the receiver answers 401' }, texts.en)).toBe('the receiver answers 401')
  for (const own of ['the receiver answers', 'not sent, for the receiver is away']) expect(receiver).toContain(own)
})
