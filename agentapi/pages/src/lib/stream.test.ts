import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { merge, Stream, type Socket, type StreamEvent, type StreamState } from './stream.ts'

/** A server's end of the socket, written by hand. */
class End implements Socket {
  static all: End[] = []
  onopen: Socket['onopen'] = null
  onmessage: Socket['onmessage'] = null
  onclose: Socket['onclose'] = null
  sent: Record<string, any>[] = []
  closed = false
  constructor() {
    End.all.push(this)
  }
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close() {
    this.closed = true
  }
  say(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
  hello(epoch = 'e1') {
    this.say({ t: 'hello', conn: 'c', epoch, ping_s: 20, retain_s: 600, now: '2030-01-01T00:00:00Z' })
  }
  drop(code = 1006) {
    this.onclose?.({ code })
  }
  of(t: string) {
    return this.sent.filter((f) => f.t === t)
  }
}

const last = () => End.all.at(-1)!
let snapshots: [string, unknown][]
let events: StreamEvent[]
let states: StreamState[]
let clocks: number[]
let stream: Stream

beforeEach(() => {
  vi.useFakeTimers()
  End.all = []
  snapshots = []
  events = []
  states = []
  clocks = []
  stream = new Stream({
    topics: ['me', 'wall'],
    lossless: ['me'],
    open: () => new End(),
    random: () => 1,
    snapshot: (topic, data) => snapshots.push([topic, data]),
    event: (e) => events.push(e),
    state: (s) => states.push(s),
    now: (server) => clocks.push(server),
  })
  stream.start()
})
afterEach(() => {
  stream.stop()
  vi.useRealTimers()
})

const event = (seq: number, topic = 'me', type = 'agent.changed', data: object = {}) => ({ t: 'event', topic, seq, id: 'x', type, data })

function live() {
  last().hello()
  last().say({ t: 'snapshot', id: '1', topic: 'me', seq: 10, data: { a: 1 } })
  last().say({ t: 'snapshot', id: '1', topic: 'wall', seq: 500, data: {} })
}

describe('the first connection', () => {
  test('subscribes after hello, without resume, and takes the snapshot', () => {
    live()
    expect(last().of('subscribe')).toEqual([{ t: 'subscribe', id: '1', topics: ['me', 'wall'] }])
    expect(snapshots[0]).toEqual(['me', { a: 1 }])
    expect(stream.state).toBe('live')
  })
  test('takes the server’s clock', () => {
    live()
    expect(clocks).toEqual([Date.parse('2030-01-01T00:00:00Z')])
  })
  test('answers pings', () => {
    live()
    last().say({ t: 'ping', n: 5 })
    expect(last().of('pong')).toEqual([{ t: 'pong', n: 5 }])
  })
  test('ignores frames and rubbish that it does not know', () => {
    live()
    last().say({ t: 'surprise', id: 9 })
    last().onmessage?.({ data: 'not json' })
    last().say(event(11))
    expect(events).toHaveLength(1)
  })
  test('gives up on a server that says nothing, and comes again', () => {
    vi.advanceTimersByTime(6000)
    expect(states.at(-1)).toBe('waiting')
    vi.advanceTimersByTime(400)
    expect(End.all).toHaveLength(2)
  })
})

describe('after a break', () => {
  test('resumes by epoch and the last seq of each topic', () => {
    live()
    last().say(event(11))
    last().drop()
    vi.advanceTimersByTime(1000)
    last().hello()
    expect(last().of('subscribe')[0]!.resume).toEqual({ epoch: 'e1', seq: { me: 11, wall: 500 } })
  })
  test('what is replayed counts once', () => {
    live()
    last().say(event(11))
    last().drop()
    vi.advanceTimersByTime(1000)
    last().hello()
    last().say({ t: 'resumed', id: '2', topic: 'me', from: 11 })
    last().say(event(11))
    last().say(event(12))
    expect(events.map((e) => e.seq)).toEqual([11, 12])
  })
  test('does not resume across epochs', () => {
    live()
    last().drop()
    vi.advanceTimersByTime(1000)
    last().hello('e2')
    expect(last().of('subscribe')[0]!.resume).toBeUndefined()
  })
  test('waits longer each time, never over a second and a half while its place is kept nor over eight later, and at once less after a success', () => {
    const pauses: number[] = []
    for (let i = 0; i < 22; i++) {
      last().drop()
      const before = End.all.length
      let waited = 0
      while (End.all.length === before) {
        vi.advanceTimersByTime(50)
        waited += 50
      }
      pauses.push(waited)
    }
    expect(pauses).toEqual([300, 600, 1200, ...Array<number>(17).fill(1500), 8000, 8000])
    last().hello()
    last().drop()
    vi.advanceTimersByTime(300)
    expect(End.all).toHaveLength(24)
  })
  test('pages do not come back in the same instant', () => {
    const other: End[] = []
    const calm = new Stream({ topics: ['me'], open: () => (other.push(new End()), other.at(-1)!), random: () => 0, snapshot: () => {}, event: () => {} })
    calm.start()
    other[0]!.drop()
    vi.advanceTimersByTime(100)
    expect(other).toHaveLength(2)
    calm.stop()
  })
  test('silence of more than two pings ends the connection', () => {
    live()
    vi.advanceTimersByTime(44_000)
    expect(stream.state).toBe('live')
    vi.advanceTimersByTime(1500)
    expect(End.all[0]!.closed).toBe(true)
    expect(states).toContain('waiting')
  })
})

describe('a gap in me', () => {
  test('asks for what is missing, and hands on nothing out of order', () => {
    live()
    last().say(event(13))
    expect(events).toEqual([])
    expect(last().of('subscribe')[1]).toMatchObject({ topics: ['me'], resume: { epoch: 'e1', seq: { me: 10 } } })
    for (const seq of [11, 12, 13]) last().say(event(seq))
    expect(events.map((e) => e.seq)).toEqual([11, 12, 13])
  })
  test('that a replay does not close gives a snapshot', () => {
    live()
    last().say(event(13))
    last().say(event(14))
    last().say(event(15))
    const asked = last().of('subscribe')
    expect(asked).toHaveLength(3)
    expect(asked[2]!.resume).toBeUndefined()
    last().say({ t: 'snapshot', id: asked[2]!.id, topic: 'me', seq: 15, data: { b: 2 } })
    last().say(event(16))
    expect(events.map((e) => e.seq)).toEqual([16])
  })
  test('on the wall is no gap: its values are absolute', () => {
    live()
    last().say(event(509, 'wall', 'queue.changed'))
    expect(events).toHaveLength(1)
    expect(last().of('subscribe')).toHaveLength(1)
  })
})

describe('commands', () => {
  test('resolve with ack, and fail with the server’s problem', async () => {
    live()
    const good = stream.command('agent.ready')
    const bad = stream.command('offer.accept', { offer: 'o1' })
    const [a, b] = last().of('cmd')
    expect(b).toMatchObject({ name: 'offer.accept', data: { offer: 'o1' } })
    last().say({ t: 'ack', id: a!.id, ok: true })
    last().say({ t: 'ack', id: b!.id, problem: { code: 'offer_ended' } })
    await expect(good).resolves.toBeUndefined()
    await expect(bad).rejects.toMatchObject({ code: 'offer_ended' })
  })
  test('not acknowledged before a break are sent again under the same key', async () => {
    live()
    const done = stream.command('wrap_up.finish', { call: 'c' }, 30_000)
    const first = last().of('cmd')[0]!
    last().drop()
    vi.advanceTimersByTime(1000)
    last().hello()
    const again = last().of('cmd')[0]!
    expect(again.key).toBe(first.key)
    expect(again.key).toBeTruthy()
    last().say({ t: 'ack', id: again.id, ok: true })
    await expect(done).resolves.toBeUndefined()
  })
  test('fail in time when nobody answers', async () => {
    live()
    const late = stream.command('agent.ready', {}, 2000)
    const seen = expect(late).rejects.toMatchObject({ code: 'timeout' })
    vi.advanceTimersByTime(2000)
    await seen
  })
  test('are refused at once where no connection will come', async () => {
    live()
    last().drop(4009)
    await expect(stream.command('agent.ready')).rejects.toMatchObject({ code: 'offline' })
  })
})

describe('close codes', () => {
  for (const [code, state] of [[4001, 'signed_out'], [4003, 'refused'], [4009, 'replaced']] as const)
    test(`${code} means ${state}, and the page does not come again by itself`, () => {
      live()
      last().drop(code)
      expect(stream.state).toBe(state)
      vi.advanceTimersByTime(60_000)
      expect(End.all).toHaveLength(1)
    })
  test('4010 and 4008 come again', () => {
    live()
    last().drop(4010)
    vi.advanceTimersByTime(300)
    last().hello()
    last().drop(4008)
    vi.advanceTimersByTime(300)
    expect(End.all).toHaveLength(3)
  })
  test('a replaced page can take its place back', () => {
    live()
    last().drop(4009)
    stream.start()
    expect(End.all).toHaveLength(2)
  })
  test('what an old socket says after its end counts for nothing', () => {
    live()
    const old = last()
    old.drop()
    old.say(event(11))
    expect(events).toEqual([])
  })
})

test('merging puts changed parts over the known ones, whole, and leaves the rest', () => {
  const me = { offer: { id: 'o' } as object | null, call: null as object | null, queues: [1] }
  const after = merge(me, { offer: null, call: { id: 'c' } })
  expect(after).toEqual({ offer: null, call: { id: 'c' }, queues: [1] })
  expect(me.offer).toEqual({ id: 'o' })
  expect(after.queues).toBe(me.queues)
})
