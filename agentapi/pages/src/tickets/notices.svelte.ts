/** What a person is to know of, whichever page they look at: kept in this tab, and told to the system where they have allowed it. */

import { kept } from '../lib/kept.ts'
import { spoken } from '../lib/format.ts'
import { settings } from '../lib/settings.svelte.ts'
import { live } from './live.svelte.ts'

export interface Notice {
  id: string
  at: string
  kind: string
  number: string
}

const most = 50

let all = $state.raw<Notice[]>(read())
let unread = $state(0)
let allowed = $state<NotificationPermission | 'absent'>(typeof Notification === 'undefined' ? 'absent' : Notification.permission)
let deaf: (() => void) | null = null

function read(): Notice[] {
  try {
    const list = JSON.parse(kept.get('notices', 'tab') ?? '[]') as Notice[]
    return Array.isArray(list) ? list.filter((n) => typeof n?.number === 'string').slice(0, most) : []
  } catch {
    return []
  }
}

function add(n: Notice): void {
  if (all.some((a) => a.id === n.id)) return
  all = [n, ...all].slice(0, most)
  unread++
  kept.set('notices', JSON.stringify(all), 'tab')
  if (allowed !== 'granted' || document.visibilityState === 'visible') return
  try {
    new Notification(textOf(n), { tag: n.id, icon: '/icon.svg' }) // no data of a customer: others may see this screen
  } catch {
    // some browsers have no such notices outside of a worker
  }
}

/** textOf says a notice in words. */
export function textOf(n: Notice): string {
  const words = settings.t.tickets.notice
  return (words[n.kind] ?? words.changed!)(spoken(n.number))
}

export const notices = {
  get all(): Notice[] {
    return all
  },
  get unread(): number {
    return unread
  },
  get allowed() {
    return allowed
  },
  open(): void {
    deaf?.()
    deaf = live.listen({ notice: (n) => add({ id: n.id, at: n.at || new Date().toISOString(), kind: n.why, number: n.number }) })
  },
  close(): void {
    deaf?.()
    deaf = null
    all = []
    unread = 0
  },
  seen(): void {
    unread = 0
  },
  clear(): void {
    all = []
    kept.set('notices', null, 'tab')
  },
  /** ask must be called from a click. */
  async ask(): Promise<void> {
    if (allowed === 'absent') return
    allowed = await Notification.requestPermission()
  },
}
