import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { columnsWrong, Importing } from './importing.svelte.ts'
import type { Import } from './wire.ts'

const anImport = (id: string, more: Partial<Import> = {}): Import => ({
  id, name: 'a.csv', size: 10, read: 10, state: 'checked', at: '', rows: 2, counts: { created: 1, wrong: 1 }, columns: [{ name: 'id', holds: 'external_id' }, { name: 'nick', holds: '-' }], mine: true, ...more,
})
const csv = new File(['id;nick'], 'a.csv')

/** What the server answers, by method and path: a body, or a status. */
let answers: Record<string, unknown> = {}
let sent: [string, unknown][] = []

beforeEach(() => {
  const memory = new Map<string, string>()
  vi.stubGlobal('sessionStorage', { getItem: (k: string) => memory.get(k) ?? null, setItem: (k: string, v: string) => void memory.set(k, v), removeItem: (k: string) => void memory.delete(k) })
  answers = { 'GET /imports': { items: [] }, 'GET /imports/own/rows': { items: [{ line: 2 }] } }
  sent = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const key = `${init.method} ${new URL(url, 'http://x').pathname.slice(7)}`
    sent.push([key, init.body])
    const answer = await answers[key]
    return typeof answer === 'number' ? new Response('{}', { status: answer }) : new Response(JSON.stringify(answer))
  })
})
afterEach(() => vi.unstubAllGlobals())

/** opened is the dialog as somebody opens it anew. */
async function opened() {
  const of = new Importing()
  await of.begin()
  return of
}
async function sends(more: Partial<Import> = {}) {
  answers['POST /imports'] = anImport('own', more)
  const of = await opened()
  await of.send(csv, 'utf-8')
  return of
}

test("a colleague's import that is over is nobody's here, and those that go on are listed", async () => {
  answers['GET /imports'] = { items: [anImport('theirs', { state: 'done', mine: false }), anImport('goes on', { state: 'importing', mine: false }), anImport('waits', { mine: false })] }
  const of = await opened()
  expect(of.one).toBeNull()
  expect(of.open.map((i) => i.id)).toEqual(['goes on', 'waits'])
  expect(sent.map(([key]) => key)).toEqual(['GET /imports'])
})

test('who comes back to the list sees none of before', async () => {
  answers['GET /imports'] = { items: [anImport('theirs', { state: 'importing', mine: false })] }
  const of = await opened()
  answers['GET /imports/theirs'] = anImport('theirs', { state: 'done', mine: false })
  await of.look(of.open[0]!)
  answers['GET /imports'] = { items: [] }
  const listed = of.back()
  expect(of.open).toEqual([])
  await listed
  expect(of.open).toEqual([])
})

test('what this tab has sent is shown again, to its end and until it is left', async () => {
  await sends({ state: 'checking', counts: {} })
  answers['GET /imports/own'] = anImport('own', { state: 'done' })
  const again = await opened()
  expect(again.one?.state).toBe('done')
  await again.back()
  expect((await opened()).one).toBeNull()
})

test('what the server has forgotten is not shown, and what it cannot say for now is not forgotten', async () => {
  await sends()
  for (const [status, kept] of [[503, true], [404, false]] as const) {
    answers['GET /imports/own'] = status
    const of = await opened()
    expect(of.one).toBeNull()
    expect(of.problem !== null).toBe(kept)
  }
})

test('columns are read as they are said to be, and rows of before are forgotten', async () => {
  const of = await sends()
  await vi.waitFor(() => expect(of.rows).toHaveLength(1))
  expect(of.what).toBe('wrong')
  of.hold(1, 'name')
  expect(of.changed).toBe(true)
  answers['PUT /imports/own/columns'] = anImport('own', { state: 'checking', counts: {}, columns: [{ name: 'id', holds: 'external_id' }, { name: 'nick', holds: 'name' }] })
  await of.read()
  expect(sent.at(-1)).toEqual(['PUT /imports/own/columns', '{"columns":["external_id","name"]}'])
  expect([of.rows.length, of.what, of.changed]).toEqual([0, '', false])
})

test('an answer that comes after something was pressed changes nothing', async () => {
  const of = await sends({ state: 'importing' })
  let late: (i: Import) => void = () => {}
  answers['GET /imports/own'] = new Promise((answer) => { late = answer })
  const polled = of.poll()
  answers['POST /imports/own/stop'] = anImport('own', { state: 'stopped' })
  await of.stop()
  late(anImport('own', { state: 'importing' }))
  await polled
  expect(of.one?.state).toBe('stopped')
})

test('columns must know customers, and say each thing once', () => {
  expect(columnsWrong(['external_id', 'number', 'number', '-', '-'])).toBe('')
  expect(columnsWrong(['contract', 'name'])).toBe('')
  expect(columnsWrong(['name', 'number'])).toBe('unnamed')
  expect(columnsWrong(['external_id', 'name', 'name'])).toBe('twice')
})
