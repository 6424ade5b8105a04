import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { blank, type Draft } from './draft.ts'
import { Desk } from './desk.svelte.ts'

vi.hoisted(() => {
  vi.stubGlobal('document', { documentElement: { dataset: {} } })
  vi.stubGlobal('navigator', { languages: ['en'] })
})

/** The server's end of the stream. */
class End {
  static now: End
  onmessage: ((e: { data: unknown }) => void) | null = null
  onclose: unknown = null
  sent: { t: string; id: string; name?: string; data?: unknown }[] = []
  #seq = 0
  constructor() {
    End.now = this
  }
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close() {}
  say(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
  shows(me: object) {
    this.say({ t: 'snapshot', topic: 'me', seq: this.#seq, data: { agent: { id: 'vera' }, availability: { state: 'ready' }, phone: { reachable: true }, offer: null, call: null, wrap_up: null, activity: { state: 'idle' }, ...me } })
  }
  happens(type: string, parts: object) {
    this.say({ t: 'event', topic: 'me', seq: ++this.#seq, type, data: parts })
  }
  commands(name: string) {
    return this.sent.filter((f) => f.t === 'cmd' && f.name === name)
  }
  takes(name: string, ok = true) {
    const c = this.commands(name).at(-1)!
    this.say({ t: 'ack', id: c.id, ok, ...(!ok && { problem: { code: 'not_kept', status: 503 } }) })
  }
}

const pop = (call: string) => ({ call, ticket: { number: '100237', subject: 'No link' }, caller: { match: 'unknown' } })
const talk = { call: { id: 'c1', since: '', pop: pop('c1') }, activity: { state: 'talking' } }
const idle = { call: null, wrap_up: null, activity: { state: 'idle' } }
let tab: Record<string, string>
let desk: Desk

beforeEach(() => {
  tab = {}
  const shelf = (m: Record<string, string>) => ({ getItem: (k: string) => m[k] ?? null, setItem: (k: string, v: string) => void (m[k] = v), removeItem: (k: string) => void delete m[k] })
  vi.stubGlobal('sessionStorage', shelf(tab))
  vi.stubGlobal('localStorage', shelf({}))
  vi.stubGlobal('location', { protocol: 'http:', host: 'desk' })
  vi.stubGlobal('WebSocket', End)
  vi.stubGlobal('fetch', async () => new Response('{"code":"unavailable","status":503}', { status: 503 })) // the database is away
  desk = new Desk(false, 'vera', () => {})
})
afterEach(() => {
  desk.close()
  vi.unstubAllGlobals()
})

function opens(me: object): void {
  void desk.open()
  End.now.say({ t: 'hello', epoch: 'e', ping_s: 20, now: new Date().toISOString() })
  End.now.shows(me)
}

const types = (note: string) => {
  desk.draft.note = note
  desk.touch()
}
const keeps = (d: Partial<Draft>) => (tab['hotline.draft'] = JSON.stringify({ ...blank('c1', 'No link'), ticket: '100237', ...d }))

test('what was typed of a wrap-up that ended while the page was away is offered, and not sent by itself', () => {
  keeps({ note: 'half a note' })
  opens(idle)
  expect(desk.unsaved.first).toMatchObject({ call: 'c1', ticket: '100237', draft: { note: 'half a note' } })
  expect(tab['hotline.draft']).toBeUndefined()
  expect(End.now.commands('wrap_up.finish')).toEqual([])
})

test('also where the next call is there already, whose text is its own', () => {
  keeps({ note: 'half a note' })
  opens({ ...talk, call: { id: 'c2', since: '', pop: pop('c2') } })
  expect(desk.unsaved.first).toMatchObject({ call: 'c1', draft: { note: 'half a note' } })
  expect(desk.draft).toMatchObject({ call: 'c2', note: '' })
})

test('a page that is loaded anew in the call goes on with its text', () => {
  keeps({ note: 'half a note' })
  opens(talk)
  expect(desk.unsaved.all).toEqual([])
  expect(desk.draft.note).toBe('half a note')
})

test('after a restart nothing is given up before it is known whose call it is', () => {
  keeps({ note: 'half a note' })
  opens({ activity: { state: 'wrap_up' } })
  expect(desk.unsaved.all).toEqual([])
  End.now.happens('agent.changed', { wrap_up: { call: 'c1', ticket: '100237', until: new Date(Date.now() + 60_000).toISOString(), pop: pop('c1') } })
  expect(desk.draft.note).toBe('half a note')
})

test('a talk is not over because Hotline starts anew, and is where it is not found again', () => {
  const over = vi.spyOn(desk.phone, 'overSoon')
  const anew = { starting: true, availability: { state: 'signed_out' }, activity: { state: 'idle' } }
  opens(talk)
  types('half a note')
  End.now.shows(anew)
  expect(desk.draft.note).toBe('half a note')
  End.now.happens('agent.changed', { starting: false, ...talk })
  expect(over).not.toHaveBeenCalled()
  expect(desk.draft.note).toBe('half a note')
  expect(End.now.commands('wrap_up.finish')).toEqual([])

  End.now.shows(anew)
  expect(over).not.toHaveBeenCalled()
  End.now.happens('agent.changed', { starting: false })
  const still = over.mock.calls[0]![0]
  expect(still()).toBe(true)
  End.now.shows(anew) // it was killed again
  expect(still()).toBe(false)
  End.now.happens('agent.changed', { starting: false, ...talk })
  expect(still()).toBe(false)
})

test('who hangs up while their phone is called for the talk says so to Hotline, which would call it again', async () => {
  opens({ ...talk, call: { ...talk.call, returns: true } })
  vi.spyOn(desk.phone, 'hangUp').mockReturnValue(true) // what was about to be answered
  void desk.hangUp()
  await vi.waitFor(() => expect(End.now.commands('call.hang_up')[0]?.data).toEqual({ call: 'c1' }))
})

test('who is only asked writes nothing of the call, until the caller is theirs', () => {
  const consults = { call: { ...talk.call, consult: true }, activity: { state: 'consulting' } }
  opens(idle)
  End.now.happens('call.answered', consults)
  expect(desk.draft.call).toBe('')
  End.now.happens('call.answered', talk)
  expect(desk.draft.call).toBe('c1')
})

test('a draft without a word leaves nothing behind', () => {
  keeps({ note: ' ' })
  opens(idle)
  expect(desk.unsaved.all).toEqual([])
  expect(tab['hotline.draft']).toBeUndefined()
})

test('a talk without a wrap-up leaves its note in the ticket', async () => {
  opens(talk)
  types('said on the phone')
  End.now.happens('agent.changed', idle)
  await vi.waitFor(() => expect(End.now.commands('wrap_up.finish')).toHaveLength(1))
  expect(End.now.commands('wrap_up.finish')[0]!.data).toEqual({ call: 'c1', disposition: '', note: 'said on the phone' })
  expect(desk.unsaved.first).toBeNull() // it is on its way
  expect(tab['hotline.unsaved']).toContain('said on the phone')
  End.now.takes('wrap_up.finish')
  await vi.waitFor(() => expect(desk.unsaved.all).toEqual([]))
})

test('and on the desk where the server does not take it', async () => {
  opens(talk)
  types('said on the phone')
  End.now.happens('agent.changed', idle)
  await vi.waitFor(() => expect(End.now.commands('wrap_up.finish')).toHaveLength(1))
  End.now.takes('wrap_up.finish', false)
  await vi.waitFor(() => expect(desk.unsaved.first).toMatchObject({ call: 'c1', draft: { note: 'said on the phone' } }))
})

test('what was chosen while the database is away outlives the wrap-up', async () => {
  opens(talk)
  desk.draft.about = { topic: 'billing' }
  End.now.happens('agent.changed', { call: null, activity: { state: 'wrap_up' }, wrap_up: { call: 'c1', ticket: '100237', until: new Date(Date.now() + 60_000).toISOString(), pop: pop('c1') } })
  desk.draft.disposition = 'resolved'
  const finished = desk.finish()
  End.now.takes('wrap_up.finish')
  await finished
  End.now.happens('agent.changed', idle)
  await vi.waitFor(() => expect(desk.unsaved.first).toMatchObject({ call: 'c1', ticket: '100237', filed: true, again: true, draft: { about: { topic: 'billing' } } }))
  expect(End.now.commands('wrap_up.finish')).toHaveLength(1)
})

test('a wrap-up leaves a subject alone that a colleague has changed since the agent began to write', async () => {
  const file = { version: 9, may: ['describe'], ticket: { number: '100237', phase: 'in_work', subject: 'No link since noon', version: 9 } }
  const since = [{ version: 9, kind: 'describe', patch: { subject: ['No link', 'No link since noon'] } }]
  vi.stubGlobal('fetch', async (_: string, init?: RequestInit) =>
    (init?.method ?? 'GET') === 'GET' ? new Response(JSON.stringify(file)) : new Response(JSON.stringify({ code: 'stale', status: 412, version: 9, since }), { status: 412 }))
  opens({ wrap_up: { call: 'c1', ticket: '100237', until: new Date(Date.now() + 60_000).toISOString(), pop: pop('c1') }, activity: { state: 'wrap_up' } })
  await vi.waitFor(() => expect(desk.matter?.file?.version).toBe(9))
  Object.assign(desk.draft, { subject: 'No lnk', wrote: true, base: 5, disposition: 'resolved' })
  const finished = desk.finish()
  expect(End.now.commands('wrap_up.finish').at(-1)!.data).toEqual({ call: 'c1', disposition: 'resolved', note: '' })
  End.now.takes('wrap_up.finish')
  await finished
  await vi.waitFor(() => expect(desk.unsaved.first).toMatchObject({ filed: true, draft: { subject: 'No lnk', wrote: true } }))
})

test('what is on its way as the agent signs out does not come back into the tab', async () => {
  opens(talk)
  types('said on the phone')
  End.now.happens('agent.changed', idle)
  await vi.waitFor(() => expect(End.now.commands('wrap_up.finish')).toHaveLength(1))
  delete tab['hotline.unsaved'] // signed out
  desk.close()
  await vi.waitFor(() => expect(desk.unsaved.first).not.toBeNull()) // it was refused
  expect(tab['hotline.unsaved']).toBeUndefined()
})

test('nor does what is typed of the call', () => {
  opens(talk)
  types('said on the phone')
  delete tab['hotline.draft']
  desk.close()
  desk.keepDraft() // as the ticket's description does when its answer comes
  expect(tab['hotline.draft']).toBeUndefined()
})

test('one press calls for a supervisor, and the next takes it back', async () => {
  opens(talk)
  void desk.toggleHelp()
  await vi.waitFor(() => expect(End.now.commands('call.help')).toHaveLength(1))
  expect(End.now.commands('call.help')[0]!.data).toEqual({ call: 'c1', note: '' })
  End.now.takes('call.help')
  End.now.happens('call.changed', { call: { ...talk.call, help: { since: new Date().toISOString() } } })
  await vi.waitFor(() => expect(desk.busy).toBeFalsy())
  void desk.toggleHelp()
  await vi.waitFor(() => expect(End.now.commands('call.end_help')[0]?.data).toEqual({ call: 'c1' }))
})

test('the key back lets go who is invited, and all where nobody is', async () => {
  const guests = [{ id: 'g1', who: 'Ilya', since: '' }]
  opens({ ...talk, call: { ...talk.call, guests, asked: { id: '+79160000000', number: '+79160000000', state: 'rings', since: '' } } })
  void desk.back()
  await vi.waitFor(() => expect(End.now.commands('call.drop')[0]?.data).toEqual({ call: 'c1', guest: '+79160000000' }))
  End.now.takes('call.drop')
  End.now.happens('call.changed', { call: { ...talk.call, guests } })
  await vi.waitFor(() => expect(desk.busy).toBeFalsy())
  expect(End.now.commands('call.take_back')).toHaveLength(0)
  void desk.back()
  await vi.waitFor(() => expect(End.now.commands('call.take_back')[0]?.data).toEqual({ call: 'c1' }))
})

test('a call that is refused for a reason that there is no more has the lists read anew', async () => {
  let reason = 'visit'
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ items: [{ code: reason, name: { en: reason } }], required: true })))
  opens(idle)
  await vi.waitFor(() => expect(desk.callReasons.items[0]?.code).toBe('visit'))
  reason = 'answer' // the configuration was read anew
  const begun = desk.dial('+79160000001', '', 'visit')
  const problem = { code: 'invalid', status: 422, errors: [{ field: 'data.reason', rule: 'expected one of answer', code: 'unknown' }] }
  End.now.say({ t: 'ack', id: End.now.commands('call.dial').at(-1)!.id, ok: false, problem })
  expect(await begun).toBe(false)
  await vi.waitFor(() => expect(desk.callReasons.items[0]?.code).toBe('answer'))
})
