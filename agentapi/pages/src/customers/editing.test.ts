import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Drafts } from '../tickets/drafts.ts'
import { Editing, lies } from './editing.svelte.ts'
import { CustomerSearch, pause } from './search.svelte.ts'
import type { Customer, Found } from './wire.ts'

const shelf = () => {
  const m = new Map<string, string>()
  return { get length() { return m.size }, key: (n: number) => [...m.keys()][n] ?? null, getItem: (k: string) => m.get(k) ?? null, setItem: (k: string, v: string) => void m.set(k, v), removeItem: (k: string) => void m.delete(k) }
}
const place = () => {
  const s = shelf()
  return { drafts: new Drafts('a1', () => s), of: '100237' }
}
const anna: Customer = { id: 'k0', version: 3, name: 'Анна', numbers: ['+79123456789'], mails: [], addresses: [], contracts: [], equipment: [], notes: [], warnings: [] }
type Asked = { method: string; path: string; body: unknown; headers: Record<string, string> }
let asked: Asked[] = []
let answers: (() => [number, unknown])[] = []

beforeEach(() => {
  asked = []
  answers = []
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push({ method: init.method!, path, body: JSON.parse(String(init.body ?? 'null')), headers: init.headers as Record<string, string> })
    const answer = answers.shift()
    if (!answer) throw new TypeError('no link')
    const [status, body] = answer()
    return new Response(JSON.stringify(body), { status })
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('what was typed about a customer is there again after a reload, and gone once it is saved', async () => {
  const at = place()
  const first = new Editing(at, anna)
  first.form.name = 'Анна Лебедева'
  first.keep()
  expect(lies(at, anna)).toBe(true)
  const again = new Editing(at, anna)
  expect(again).toMatchObject({ restored: true, dirty: true, form: { name: 'Анна Лебедева' } })
  answers = [() => [200, { ...anna, name: 'Анна Лебедева', version: 4 }]]
  expect(await again.save()).toMatchObject({ version: 4 })
  expect(asked[0]).toMatchObject({ method: 'PATCH', body: { name: 'Анна Лебедева' }, headers: { 'if-match': '"3"' } })
  expect(lies(at, anna)).toBe(false)
})

test('where a colleague was faster nothing typed is lost, and it is sent again for the version that is there', async () => {
  const e = new Editing(place(), anna)
  e.form.mails = ['a@example.org']
  const now = { ...anna, version: 5, notes: ['called twice'] }
  answers = [() => [412, { code: 'stale', status: 412, version: 5, customer: now, since: [{ version: 5, at: '', kind: 'changed', patch: { notes: [[], ['called twice']] } }] }]]
  expect(await e.save()).toBeNull()
  expect(e.since).toHaveLength(1)
  expect(e.form).toMatchObject({ mails: ['a@example.org'], notes: ['called twice'] })
  answers = [() => [200, { ...now, version: 6, mails: ['a@example.org'] }]]
  await e.save()
  expect(asked[1]).toMatchObject({ body: { mails: ['a@example.org'] }, headers: { 'if-match': '"5"' } })
  expect(e.since).toBeNull()
})

test('where they were merged into another meanwhile, what was typed goes to that one', async () => {
  const e = new Editing(place(), anna)
  e.form.notes = ['calls at night']
  const ivan = { ...anna, id: 'k9', version: 7, name: 'Иван', notes: ['deaf'] }
  answers = [() => [404, { code: 'not_found', status: 404 }], () => [200, { customer: ivan }]]
  expect(await e.save()).toBeNull()
  expect(e).toMatchObject({ mergedInto: 'k9', failure: null, form: { name: 'Иван', notes: ['deaf', 'calls at night'] } })
  answers = [() => [200, { ...ivan, version: 8 }]]
  await e.save()
  expect(asked.at(-1)).toMatchObject({ method: 'PATCH', path: '/api/v1/customers/k9', body: { notes: ['deaf', 'calls at night'] }, headers: { 'if-match': '"7"' } })
})

test('a draft of before a colleague changed the customer is brought onto what is there now', () => {
  const at = place()
  const first = new Editing(at, anna)
  first.form.name = 'Анна Лебедева'
  first.keep()
  const later = new Editing(at, { ...anna, version: 4, mails: ['a@example.org'] })
  expect(later.form).toMatchObject({ name: 'Анна Лебедева', mails: ['a@example.org'] })
})

test('a new customer is made once however often it is sent, and anew after a refusal', async () => {
  const at = place()
  const e = new Editing(at, null, { numbers: ['+79123456789'] })
  expect(e.dirty).toBe(false)
  e.form.name = 'Новый'
  await e.save() // no link
  expect(e.dirty).toBe(true)
  const again = new Editing(at, null, { numbers: ['+79123456789'] }) // the page was reloaded
  answers = [() => [422, { code: 'invalid', status: 422, errors: [{ field: 'body.numbers[0]', rule: 'expected a telephone number', code: 'not_a_number' }] }], () => [201, anna]]
  await again.save()
  expect(again.wrong('numbers', 0)).toMatchObject({ code: 'not_a_number' })
  await again.save()
  const keys = asked.map((a) => a.headers['idempotency-key'])
  expect(keys[0]).toBe(keys[1])
  expect(keys[2]).not.toBe(keys[1])
  expect(asked[0]!.body).toEqual({ name: 'Новый', numbers: ['+7 912 345-67-89'] })
})

test('one asks a moment after the last key, and only the answer to the last question is shown', async () => {
  vi.useFakeTimers()
  const asked: { q: string; signal: AbortSignal; answer: (f: Found) => void }[] = []
  const s = new CustomerSearch(20, (q, _cursor, _limit, signal) => new Promise((answer) => asked.push({ q, signal, answer })))
  s.type('и')
  s.type('ив')
  await vi.advanceTimersByTimeAsync(pause)
  expect(asked.map((a) => a.q)).toEqual(['ив'])
  s.type('иванов')
  await vi.advanceTimersByTimeAsync(pause)
  expect(asked[0]!.signal.aborted).toBe(true)
  asked[1]!.answer({ items: [anna], how: 'alike', next_cursor: 'c' })
  await vi.advanceTimersByTimeAsync(0)
  asked[0]!.answer({ items: [], next_cursor: '' }) // late
  await vi.advanceTimersByTimeAsync(0)
  expect(s).toMatchObject({ found: [anna], how: 'alike', more: true, busy: false })
  void s.next()
  asked[2]!.answer({ items: [anna, { ...anna, id: 'k1' }] })
  await vi.advanceTimersByTimeAsync(0)
  expect(s.found!.map((c) => c.id)).toEqual(['k0', 'k1'])
  expect(s.more).toBe(false)
  s.type('')
  expect(s.found).toBeNull()
})
