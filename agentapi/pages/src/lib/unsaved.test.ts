import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { blank, type Draft } from './draft.ts'
import { standing } from './outcome.ts'
import { readUnsaved, unsavedTickets, UnsavedWork, type Unsaved } from './unsaved.svelte.ts'
import { Failure } from './wire.ts'

vi.hoisted(() => {
  vi.stubGlobal('document', { documentElement: { dataset: {} } })
  vi.stubGlobal('navigator', { languages: ['en'] })
})

const mine = { number: '100237', phase: 'in_work', owner: 'vera', owner_kind: 'person', next_at: '2030-01-31T10:00:00Z', subject: 'No link', topic: 'fault', version: 5 }
type Row = Omit<typeof mine, 'next_at'> & { next_at: string | null }
const draft = (more: Partial<Draft>): Draft => ({ ...blank('c1', 'No link'), ticket: '100237', seen: standing(mine), ...more })

/** What the server has, and what it was asked. */
let ticket: Row | null // null: the database is away
let missing: boolean
let may: string[]
let items: object[]
let since: { version: number; at: string; kind: string; patch: Record<string, [string, string]> }[]
let described: Record<string, unknown>[]
let filed: Record<string, unknown>[]
let refuses: unknown
let work: UnsavedWork

beforeEach(() => {
  const memory: Record<string, string> = {}
  vi.stubGlobal('sessionStorage', { getItem: (k: string) => memory[k] ?? null, setItem: (k: string, v: string) => void (memory[k] = v), removeItem: (k: string) => void delete memory[k] })
  ticket = { ...mine }
  missing = false
  may = ['describe']
  items = []
  since = []
  described = []
  filed = []
  refuses = null
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    if (!ticket) return new Response(JSON.stringify({ code: 'unavailable', status: 503 }), { status: 503 })
    if (missing) return new Response(JSON.stringify({ code: 'not_found', status: 404 }), { status: 404 })
    const file = () => JSON.stringify({ ticket, version: ticket!.version, may, timeline: { items } })
    if (init.method === 'GET') return new Response(file(), { status: 200 })
    const seen = Number((init.headers as Record<string, string>)['if-match']!.replaceAll('"', ''))
    if (seen !== ticket.version) return new Response(JSON.stringify({ code: 'stale', status: 412, version: ticket.version, since: since.filter((c) => c.version > seen) }), { status: 412 })
    const body = JSON.parse(String(init.body)) as Record<string, unknown>
    described.push(body)
    ticket = { ...ticket, ...body, version: ticket.version + 1 } as Row
    return new Response(file(), { status: 200 })
  })
  work = new UnsavedWork({
    send: async (w) => {
      if (refuses) throw refuses
      filed.push(w)
    },
    closing: (d) => d === 'resolved',
    now: () => Date.parse('2030-01-30T10:00:00Z'),
    words: (why) => (why as Failure)?.problem?.code ?? 'unknown',
    clash: () => 'clash',
  })
})
afterEach(() => vi.unstubAllGlobals())

async function retried(d: Draft, more: Partial<Unsaved> = {}): Promise<void> {
  work.keep({ call: d.call, ticket: '100237', draft: d, why: '', ...more })
  await work.retry()
}

test('of a ticket that is as it was all goes that was typed', async () => {
  await retried(draft({ note: 'x', disposition: 'handed_over', department: 'field', subject: 'No link at night', wrote: true }))
  expect(filed).toEqual([{ call: 'c1', disposition: 'handed_over', note: 'x', subject: 'No link at night', subject_seen: 'No link', department: 'field' }])
  expect(described).toEqual([])
  expect(work.all).toEqual([])
})

describe('a ticket that has moved on gets the note, and is left as it is', () => {
  const others: [string, Partial<Row>][] = [['others have it', { owner: 'field', owner_kind: 'department', phase: 'open' }], ['it is answered', { phase: 'solved' }], ['another date was set', { next_at: null }]]
  test.each(others)('%s', async (_, is) => {
    ticket = { ...mine, ...is }
    await retried(draft({ note: 'x', disposition: 'follow_up', next: '2030-02-01T10:00', stays: true }))
    expect(filed).toEqual([{ call: 'c1', disposition: '', note: 'x' }])
    expect(work.first).toMatchObject({ filed: true, unapplied: 'follow_up' })
    work.drop() // the agent has seen it
    expect(work.all).toEqual([])
  })
  test('and is told of no outcome where none was chosen', async () => {
    ticket = { ...mine, phase: 'solved' }
    await retried(draft({ note: 'x' }))
    expect(work.all).toEqual([])
  })
  test('nor where it was their own that moved it, whose answer was lost', async () => {
    ticket = { ...mine, phase: 'solved' }
    items = [{ id: 'i1', type: 'contact', at: '', contact: { id: 'c1', disposition: 'resolved' } }]
    await retried(draft({ note: 'x', disposition: 'resolved' }))
    expect(work.all).toEqual([])
  })
  test('and is told also where its description follows later', async () => {
    ticket = { ...mine, phase: 'solved' }
    may = []
    await retried(draft({ note: 'x', disposition: 'follow_up', about: { topic: 'billing' } }))
    expect(work.first).toMatchObject({ why: 'forbidden', unapplied: 'follow_up' })
    may = ['describe']
    await work.retry()
    expect(described).toEqual([{ topic: 'billing' }])
    expect(work.first).toMatchObject({ unapplied: 'follow_up', draft: { about: {} } })
  })
})

test('of a ticket that may not be seen any more the note goes, and the agent is told of the rest', async () => {
  missing = true
  await retried(draft({ note: 'x', disposition: 'follow_up', about: { topic: 'billing' } }))
  expect(filed).toEqual([{ call: 'c1', disposition: '', note: 'x' }])
  expect(described).toEqual([])
  expect(work.first).toMatchObject({ why: 'not_found', again: false, filed: true, unapplied: 'follow_up', draft: { about: { topic: 'billing' } } })
})

test('a subject that a colleague has changed meanwhile stays theirs until the agent has seen it', async () => {
  ticket = { ...mine, subject: 'No link since noon', version: 9 }
  since = [{ version: 9, at: '', kind: 'describe', patch: { subject: ['No link', 'No link since noon'] } }]
  await retried(draft({ note: 'x', disposition: 'resolved', subject: 'No lnk', wrote: true, base: 5 }))
  expect(filed).toEqual([{ call: 'c1', disposition: 'resolved', note: 'x' }])
  expect(described).toEqual([])
  expect(work.first).toMatchObject({ why: 'clash', filed: true, draft: { subject: 'No lnk', wrote: true } })
})

test('one that is as it was when the agent began to write gets the subject with the wrap-up', async () => {
  await retried(draft({ note: 'x', disposition: 'resolved', subject: 'No link at night', wrote: true, base: 5 }))
  expect(filed).toEqual([{ call: 'c1', disposition: 'resolved', note: 'x', subject: 'No link at night', subject_seen: 'No link' }])
  expect(described).toEqual([])
})

test('while nobody can say whether it has moved on, an outcome waits, and a note alone does not', async () => {
  ticket = null
  await retried(draft({ note: 'x', disposition: 'resolved' }))
  expect(filed).toEqual([])
  expect(work.first).toMatchObject({ why: 'unavailable', again: true })
  ticket = { ...mine }
  work.again()
  await vi.waitFor(() => expect(work.all).toEqual([]))
  expect(filed).toEqual([{ call: 'c1', disposition: 'resolved', note: 'x' }])
  ticket = null
  await retried(draft({ note: 'y' }))
  expect(filed[1]).toEqual({ call: 'c1', disposition: '', note: 'y' })
})

test('what was chosen goes after the wrap-up, when the database is back, and is kept over a reload until then', async () => {
  ticket = null
  await retried(draft({ note: 'x', about: { topic: 'billing', priority: '2' }, base: 5 }))
  expect(filed).toEqual([{ call: 'c1', disposition: '', note: 'x' }])
  expect(readUnsaved(sessionStorage.getItem('hotline.unsaved'))).toMatchObject([{ filed: true, draft: { about: { topic: 'billing' } } }])
  ticket = { ...mine }
  work.again()
  await vi.waitFor(() => expect(work.all).toEqual([]))
  expect(described).toEqual([{ topic: 'billing', priority: 2 }])
  expect(filed).toHaveLength(1)
})

test('where a colleague has changed the same, the agent says whose counts', async () => {
  ticket = { ...mine, topic: 'line', version: 9 }
  since = [{ version: 9, at: '', kind: 'describe', patch: { topic: ['fault', 'line'] } }]
  await retried(draft({ about: { topic: 'billing' }, base: 5 }), { filed: true })
  expect(work.first).toMatchObject({ why: 'clash', again: false })
  expect(described).toEqual([])
  await work.retry()
  expect(described).toEqual([{ topic: 'billing' }])
  expect(work.all).toEqual([])
})

test('where they have changed something else, it goes all the same', async () => {
  ticket = { ...mine, version: 9 }
  since = [{ version: 9, at: '', kind: 'plan', patch: { next_at: ['', ''] } }]
  await retried(draft({ about: { topic: 'billing' }, base: 5 }), { filed: true })
  expect(described).toEqual([{ topic: 'billing' }])
})

test('what the server refuses stays, with what it says, and is not sent by itself again', async () => {
  refuses = new Failure({ code: 'not_your_call', status: 403 })
  await retried(draft({ note: 'x' }))
  expect(work.first).toMatchObject({ why: 'not_your_call', again: false, draft: { note: 'x' } })
  may = []
  refuses = null
  work.drop()
  await retried(draft({ about: { topic: 'billing' } }), { filed: true })
  expect(work.first).toMatchObject({ why: 'forbidden', again: false, draft: { about: { topic: 'billing' } } })
})

test('what is on its way for the first time is not shown, and is there after a reload', () => {
  work.keep({ call: 'c1', ticket: '100237', draft: draft({ note: 'x' }), why: null })
  expect(work.first).toBeNull()
  expect(readUnsaved(sessionStorage.getItem('hotline.unsaved'))).toMatchObject([{ why: '', draft: { note: 'x' } }])
})

test('whoever ends their shift is asked about what is unsaved and what is being typed, and about nothing else', () => {
  expect(unsavedTickets()).toEqual([])
  sessionStorage.setItem('hotline.draft', JSON.stringify({ ...blank('c2', 'old'), ticket: '100238' }))
  expect(unsavedTickets()).toEqual([])
  sessionStorage.setItem('hotline.draft', JSON.stringify({ ...blank('c2', 'old'), ticket: '100238', note: 'y' }))
  work.keep({ call: 'c1', ticket: '100237', draft: draft({ note: 'x' }), why: '' })
  expect(unsavedTickets()).toEqual(['100237', '100238'])
})
