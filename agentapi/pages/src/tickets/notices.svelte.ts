/**
 * What a person is to know of, whichever page they look at. The server keeps it, and who has seen it; the stream says that there is more. It is told to
 * the system, too, where they have allowed that, as long as this page is not looked at.
 */

import { spoken } from '../lib/format.ts'
import { settings } from '../lib/settings.svelte.ts'
import { live } from './live.svelte.ts'
import { server } from './server.ts'
import { heard, join, last, ofRow, type Notice } from './told.ts'

let all = $state.raw<Notice[]>([])
let latest = $state.raw<Notice | null>(null)
let allowed = $state<NotificationPermission | 'absent'>(typeof Notification === 'undefined' ? 'absent' : Notification.permission)
let deaf: (() => void) | null = null
let timer: ReturnType<typeof setTimeout> | undefined
let said: Notice[] = []

/** textOf says a notice in words. */
export function textOf(n: Notice): string {
  const words = settings.t.tickets.notice
  return (Object.hasOwn(words, n.kind) ? words[n.kind]! : words.changed!)(spoken(n.number))
}

/** read asks for what has come since the last one; for the latest ones at first. */
async function read(): Promise<void> {
  const first = last(all) === 0
  const waiting = said
  try {
    const rows = ((await server.notices(last(all))).items ?? []).map(ofRow)
    said = said.filter((n) => !waiting.includes(n))
    const joined = join(all, rows)
    const unknown = waiting.filter((n) => !rows.some((r) => r.number === n.number))
    all = join(joined.all, unknown).all
    tell([...(first ? [] : joined.fresh), ...unknown])
  } catch {
    all = join(all, waiting).all // the next word of the stream asks again
    tell(waiting)
    said = []
  }
}

function tell(fresh: Notice[]): void {
  if (!fresh.length) return
  latest = fresh[0]!
  if (allowed !== 'granted' || document.visibilityState === 'visible') return
  for (const n of fresh.slice(0, 3)) {
    try {
      const shown = new Notification(textOf(n), { tag: n.id, icon: '/icon.svg' }) // no data of a customer: others may see this screen
      shown.onclick = () => focus()
    } catch {
      // some browsers have no such notices outside of a worker
    }
  }
}

async function see(seen: Notice[]): Promise<void> {
  const fresh = seen.filter((n) => !n.seen)
  if (!fresh.length) return
  all = all.map((n) => (fresh.includes(n) ? { ...n, seen: true } : n))
  const rows = fresh.map((n) => Number(n.id)).filter((id) => id > 0)
  try {
    if (rows.length) await server.seeNotices(rows)
  } catch {
    all = all.map((n) => (fresh.some((f) => f.id === n.id) ? { ...n, seen: false } : n))
  }
}

export const notices = {
  get all(): Notice[] {
    return all
  },
  get unread(): number {
    return all.filter((n) => !n.seen).length
  },
  /** The last one that has come while somebody was here. */
  get latest(): Notice | null {
    return latest
  },
  get allowed() {
    return allowed
  },
  open(): void {
    deaf?.()
    deaf = live.listen({
      notice: (n) => {
        said = [...said, heard(n.id, n.at || new Date().toISOString(), n.number, n.why)]
        timer ??= setTimeout(() => {
          timer = undefined
          void read()
        }, 300)
      },
      resync: () => void read(),
    })
    void read()
  },
  close(): void {
    deaf?.()
    deaf = null
    clearTimeout(timer)
    timer = undefined
    ;[all, latest, said] = [[], null, []]
  },
  /** see is called with what somebody has gone to, and seeAll for all; what is of a department is seen for all of it. */
  see: (n: Notice): Promise<void> => see([n]),
  seeAll: (): Promise<void> => see(all),
  seeTicket: (number: string): Promise<void> => see(all.filter((n) => n.number === number)),
  /** ask must be called from a click. */
  async ask(): Promise<void> {
    if (allowed === 'absent') return
    allowed = await Notification.requestPermission()
  },
}
