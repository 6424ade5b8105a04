/**
 * The stream of tickets: one connection for all pages of this tab. It tells which tickets have changed; what they are now is asked of the server.
 * Its numbers have gaps where others' tickets change. A snapshot is empty, and says that something may have been missed.
 */

import { api } from '../lib/api.ts'
import { clock } from '../lib/clock.svelte.ts'
import { openStream, Stream, type StreamState } from '../lib/stream.ts'
import { Failure } from '../lib/wire.ts'
import type { NoticeRow } from './told.ts'
import type { TicketChanged } from './wire.ts'

export interface Listener {
  /** A ticket has changed. */
  changed?: (c: TicketChanged) => void
  /** Something may have been missed: ask for everything that is shown. */
  resync?: () => void
  /** The server wants this person to know something of a ticket. */
  notice?: (n: NoticeRow) => void
}

const listeners = new Set<Listener>()
let state = $state<StreamState>('closed')
let stream: Stream | null = null

export const live = {
  get state(): StreamState {
    return state
  },
  /** open connects, if it is not connected. lost is called when the sign-in has ended. */
  open(lost: () => void): void {
    stream ??= new Stream({
      topics: ['tickets'],
      open: openStream,
      snapshot: () => tell((l) => l.resync?.()),
      event: (e) => {
        if (e.type === 'ticket.changed') tell((l) => l.changed?.(e.data as unknown as TicketChanged))
        else if (e.type === 'ticket.notice') {
          const n = e.data as { id?: number; number?: string; why?: string; department?: string; about?: string; due?: string | null; at?: string }
          if (n.id && n.number) tell((l) => l.notice?.({ id: n.id!, ticket: n.number!, kind: n.why ?? '', at: n.at ?? e.at ?? '', due: n.due ?? null, ...(n.department && { department: n.department }), ...(n.about && { about: n.about }) }))
        }
      },
      now: (server) => clock.sync(server),
      state: (s, code) => {
        state = s
        if (s === 'signed_out') lost()
        if (s === 'waiting' && code === 1006)
          api.account().catch((e) => {
            if (e instanceof Failure && e.problem.status === 401) lost()
          })
      },
    })
    stream.start()
  },
  close(): void {
    stream?.stop()
    stream = null
  },
  /** listen hears until what it gives is called. */
  listen(l: Listener): () => void {
    listeners.add(l)
    return () => listeners.delete(l)
  },
}

function tell(say: (l: Listener) => void): void {
  for (const l of [...listeners]) say(l)
}
