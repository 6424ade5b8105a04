/**
 * The stream client (websocket, subprotocol hotline.v1).
 *
 *	 connecting ──hello──► live ──close or silence──► waiting ──backoff──► connecting
 *	                        │
 *	                        └── 4001 signed_out · 4003 refused · 4009 replaced: it does not come again by itself
 *
 * After a break it subscribes with the epoch and the last seq of each topic; the server replays what was missed
 * or sends a snapshot. Commands carry a key: those that were not acknowledged before the break are sent again
 * with the same key, and the server carries them out once.
 */

import { Failure, type Problem } from './wire.ts'

export type StreamState = 'connecting' | 'live' | 'waiting' | 'replaced' | 'signed_out' | 'refused' | 'closed'

export interface StreamEvent {
  topic: string
  seq: number
  type: string
  at?: string
  call?: string
  ticket?: string
  data: Record<string, unknown>
}

interface Frame extends Partial<StreamEvent> {
  t: string
  id?: string
  epoch?: string
  ping_s?: number
  now?: string
  from?: number
  ok?: boolean
  problem?: Problem
  n?: number
}

/** The part of a WebSocket that is used here. */
export interface Socket {
  onopen: ((e: never) => void) | null
  onmessage: ((e: { data: unknown }) => void) | null
  onclose: ((e: { code: number; reason?: string }) => void) | null
  send(text: string): void
  close(code?: number): void
}

export interface StreamOptions {
  topics: string[]
  /** Topics of which no event may be missed: a gap in seq asks for what is missing. Of others, newer replaces older. */
  lossless?: string[]
  open: () => Socket
  snapshot: (topic: string, data: unknown) => void
  event: (event: StreamEvent) => void
  state?: (state: StreamState, code: number) => void
  /** Called with the server's clock at each hello. */
  now?: (server: number) => void
  /** Called at any frame, each of which is a sign of life. */
  frame?: () => void
  random?: () => number
  /** Of the wall events are to bring what has changed, and not all of it. */
  changes?: boolean
  /** Silence that ends a connection, ms; the server's ping interval by default. */
  silence?: number
}

interface Command {
  text: string
  resolve: () => void
  reject: (f: Failure) => void
  timer: ReturnType<typeof setTimeout>
}

const helloWithin = 6000
const longestPause = 8000
/** While Hotline keeps the place of an agent whose network was away, no pause is so long that the page comes back too late: so many tries take some twenty seconds. */
const soonTries = 20
const soonPause = 1500

export class Stream {
  #o: StreamOptions
  #socket: Socket | null = null
  #state: StreamState = 'closed'
  #epoch = ''
  #seq = new Map<string, number>()
  #asked = new Map<string, number>() // lossless topics for which what is missing was asked for, and from where
  #commands = new Map<string, Command>()
  #id = 0
  #tries = 0
  #silence = 45_000
  #retry: ReturnType<typeof setTimeout> | undefined
  #watch: ReturnType<typeof setTimeout> | undefined

  constructor(options: StreamOptions) {
    this.#o = options
  }

  get state(): StreamState {
    return this.#state
  }

  /** start connects; also after replaced, to take the place back, and to cut a pause short. */
  start(): void {
    if (this.#state === 'connecting' || this.#state === 'live') return
    clearTimeout(this.#retry)
    this.#connect()
  }

  stop(): void {
    this.#drop()
    clearTimeout(this.#retry)
    for (const id of [...this.#commands.keys()]) this.#settle(id, new Failure({ code: 'offline' }))
    this.#say('closed', 1000)
  }

  /** command resolves when the server has carried it out, and fails with the server's problem, or `timeout`. */
  command(name: string, data: Record<string, unknown> = {}, within = 10_000): Promise<void> {
    if (this.#state === 'closed' || this.#state === 'replaced' || this.#state === 'signed_out' || this.#state === 'refused')
      return Promise.reject(new Failure({ code: 'offline' }))
    const id = String(++this.#id)
    const text = JSON.stringify({ t: 'cmd', id, key: newKey(), name, data })
    return new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => this.#settle(id, new Failure({ code: this.#state === 'live' ? 'timeout' : 'offline' })),
        within,
      )
      this.#commands.set(id, { text, resolve, reject, timer })
      if (this.#state === 'live') this.#send(text)
    })
  }

  #connect(): void {
    this.#say('connecting', 0)
    let socket: Socket
    try {
      socket = this.#o.open()
    } catch {
      this.#later(1006)
      return
    }
    this.#socket = socket
    socket.onmessage = (e) => {
      if (this.#socket === socket) this.#read(e.data)
    }
    socket.onclose = (e) => {
      if (this.#socket === socket) this.#closed(e.code)
    }
    this.#alive(helloWithin)
  }

  #read(text: unknown): void {
    let f: Frame
    try {
      f = JSON.parse(String(text)) as Frame
    } catch {
      return
    }
    if (this.#state === 'live') this.#alive(this.#silence)
    this.#o.frame?.()
    switch (f.t) {
      case 'hello':
        return this.#hello(f)
      case 'ping':
        return this.#send(JSON.stringify({ t: 'pong', n: f.n }))
      case 'snapshot':
        if (f.topic === undefined) return
        this.#seq.set(f.topic, f.seq ?? 0)
        this.#asked.delete(f.topic)
        return this.#o.snapshot(f.topic, f.data)
      case 'event':
        return this.#event(f)
      case 'ack':
        return this.#settle(f.id ?? '', f.ok ? null : new Failure(f.problem ?? { code: 'unknown' }))
      default: // what this page does not know is ignored
    }
  }

  #hello(f: Frame): void {
    this.#silence = this.#o.silence ?? (f.ping_s ?? 20) * 2000 + 5000
    this.#alive(this.#silence)
    const now = Date.parse(f.now ?? '')
    if (!Number.isNaN(now)) this.#o.now?.(now)
    const known = f.epoch === this.#epoch && this.#seq.size > 0
    if (!known) this.#seq.clear()
    this.#epoch = f.epoch ?? ''
    this.#asked.clear()
    this.#tries = 0
    this.#subscribe(this.#o.topics, known)
    this.#say('live', 0)
    for (const c of this.#commands.values()) this.#send(c.text)
  }

  #subscribe(topics: string[], resume: boolean): void {
    const seq = Object.fromEntries([...this.#seq].filter(([topic]) => topics.includes(topic)))
    const from = resume ? { resume: { epoch: this.#epoch, seq } } : {}
    const changes = this.#o.changes ? { changes: true } : {}
    this.#send(JSON.stringify({ t: 'subscribe', id: String(++this.#id), topics, ...changes, ...from }))
  }

  #event(f: Frame): void {
    if (f.topic === undefined || f.seq === undefined || f.type === undefined) return
    const last = this.#seq.get(f.topic)
    if (last !== undefined && f.seq <= last) return // seen before the break
    if (this.#o.lossless?.includes(f.topic) && (last === undefined || f.seq > last + 1)) return this.#missed(f.topic, last)
    this.#seq.set(f.topic, f.seq)
    this.#asked.delete(f.topic)
    this.#o.event({
      topic: f.topic,
      seq: f.seq,
      type: f.type,
      at: f.at,
      call: f.call,
      ticket: f.ticket,
      data: f.data && typeof f.data === 'object' ? f.data : {},
    })
  }

  /** missed asks for what is missing: first a replay, then, when that did not close the gap, the whole. */
  #missed(topic: string, last: number | undefined): void {
    const before = this.#asked.get(topic)
    if (before === -1) return // a snapshot is on its way
    const replay = last !== undefined && before !== last
    this.#asked.set(topic, replay ? last : -1)
    this.#subscribe([topic], replay)
  }

  #settle(id: string, failure: Failure | null): void {
    const c = this.#commands.get(id)
    if (!c) return
    this.#commands.delete(id)
    clearTimeout(c.timer)
    if (failure) c.reject(failure)
    else c.resolve()
  }

  #send(text: string): void {
    try {
      this.#socket?.send(text)
    } catch {
      // closing: onclose follows, and commands are sent again after it
    }
  }

  #closed(code: number): void {
    this.#drop()
    if (code === 4001) return this.#end('signed_out', code)
    if (code === 4003) return this.#end('refused', code)
    if (code === 4009) return this.#end('replaced', code)
    this.#later(code)
  }

  #end(state: StreamState, code: number): void {
    for (const id of [...this.#commands.keys()]) this.#settle(id, new Failure({ code: 'offline' }))
    this.#say(state, code)
  }

  /** later connects again after a pause, which is short at first, then longer, and random, so that not all pages come at once. */
  #later(code: number): void {
    const bound = Math.min(this.#tries < soonTries ? soonPause : longestPause, 300 * 2 ** this.#tries++)
    const pause = bound * (0.3 + 0.7 * (this.#o.random ?? Math.random)())
    this.#say('waiting', code)
    this.#retry = setTimeout(() => this.#connect(), pause)
  }

  #alive(within: number): void {
    clearTimeout(this.#watch)
    this.#watch = setTimeout(() => {
      const socket = this.#socket
      this.#drop()
      socket?.close()
      this.#later(1006)
    }, within)
  }

  #drop(): void {
    clearTimeout(this.#watch)
    const socket = this.#socket
    this.#socket = null
    if (socket) {
      socket.onmessage = null
      socket.onclose = null
      if (this.#state === 'connecting' || this.#state === 'live') {
        try {
          socket.close()
        } catch {
          // already closed
        }
      }
    }
  }

  #say(state: StreamState, code: number): void {
    this.#state = state
    this.#o.state?.(state, code)
  }
}

/** newKey is random enough to be a command's key, also where crypto.randomUUID is absent (plain http). */
export function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')
}

/** openStream connects to this page's own server. */
export function openStream(): Socket {
  const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/stream`
  return new WebSocket(url, 'hotline.v1') as unknown as Socket
}

/** merge puts the changed top-level parts over the ones known. */
export function merge<T extends object>(whole: T, parts: Partial<T>): T {
  return Object.assign({}, whole, parts)
}
