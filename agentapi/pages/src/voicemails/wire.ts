/** What comes over REST about messages that callers left, and what is reckoned from it. Pure but for the server. */

import { ask } from '../lib/api.ts'
import { phone } from '../lib/format.ts'
import type { Named } from '../lib/wire.ts'

export interface Voicemail {
  contact: string
  n: number
  call: string
  at: string
  number: string
  number_name: string
  customer: { id: string; name: string } | null
  ticket: string
  queue: string
  queue_name?: Named
  /** Under which its sound is among the recordings; absent where it is not, or not yet. */
  recording?: string
  length_s: number | null
  done_at: string | null
  done_by: string
}
export interface Voicemails { items: Voicemail[]; next_cursor: string; count?: number }

const done = (v: Voicemail) => `/voicemails/${encodeURIComponent(v.contact)}/${v.n}/done`

export const server = {
  list: (done: boolean, limit: number, cursor = '') => ask<Voicemails>('GET', `/voicemails?${new URLSearchParams({ done: String(done), count: 'true', limit: String(limit), ...(cursor && { cursor }) })}`),
  mark: (v: Voicemail, as: boolean) => ask<Voicemail>(as ? 'PUT' : 'DELETE', done(v)),
}

/** key tells voicemails apart. */
export const key = (v: Voicemail): string => `${v.contact}/${v.n}`

/** who left it, by the best of their names; '' where nothing is known. */
export const who = (v: Voicemail): string => v.customer?.name || v.number_name || (v.number ? phone(v.number) : '')

/** inPlace is two lists as they were read, with the message of a key in the list in which it stands: moved to the other, its sound would be cut. */
export function inPlace(heard: string, shown: readonly (Voicemails | null)[], found: readonly [Voicemails, Voicemails]): [Voicemails, Voicemails] {
  const is = (v: Voicemail) => key(v) === heard
  const [todo, done] = found
  const at = shown.findIndex((l) => l?.items.some(is))
  const moved = at < 0 ? undefined : found[1 - at]!.items.find(is)
  if (!moved) return [todo, done]
  const put = (l: Voicemails, here: boolean): Voicemails => ({ ...l, items: here ? l.items.toSpliced(shown[at]!.items.findIndex(is), 0, moved) : l.items.filter((v) => !is(v)) })
  return [put(todo, at === 0), put(done, at === 1)]
}
