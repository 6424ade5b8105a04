/** What large screens ask for, and what is asked about them. */

import { ask, items } from '../lib/api.ts'
import type { Language } from '../lib/format.ts'
import type { Alarm, Named, Target } from '../lib/wire.ts'

export interface Shows {
  queues?: string[]
  department?: string
  agents?: boolean
  sound?: boolean
  language: Language
  theme: 'light' | 'dark'
}

export interface Screed {
  now: string
  line: { waiting: number; longest_since?: string | null; free: number; talking: number; wrap_up: number; away: number }
  queues: { id: string; name: Named; waiting: number; longest_since?: string | null; service_level: number | null; target?: Target; closed?: boolean }[]
  alarms: Alarm[]
  agents?: { name: string; availability: string; activity: string; since: string }[]
}

export interface Frame {
  state: 'in' | 'unknown'
  now: string
  name?: string
  shows?: Shows
  screen?: Screed
}

export interface Listed {
  id: string
  name: string
  shows: Shows
  by: string
  at: string
  address?: string
  seen?: string
}

/** A screen that hangs in the room waits for no answer for long: it says that the server is away, and asks again. */
const soon = () => ({ signal: AbortSignal.timeout(5000) })

export const screens = {
  code: () => ask<{ code: string; secret: string; expires: string }>('POST', '/screens/codes', undefined, soon()),
  claim: (secret: string) => ask<{ state: 'waiting' | 'in' | 'unknown' }>('POST', '/screens/claim', { secret }, soon()),
  frame: () => ask<Frame>('GET', '/screens/frame', undefined, soon()),
  list: () => ask<{ items: Listed[] }>('GET', '/screens').then(items),
  letIn: (code: string, name: string, shows: Shows) => ask<Listed>('POST', '/screens', { code, name, shows }),
  drop: (id: string) => ask<Listed>('DELETE', `/screens/${encodeURIComponent(id)}`),
}
