/**
 * What a person is to know of, whichever page they look at. The server keeps it, and who has seen it; the stream says that there is more. It is told to
 * the system, too, where they have allowed that, as long as this page is not looked at.
 */

import { spoken } from '../lib/format.ts'
import { settings } from '../lib/settings.svelte.ts'
import { live } from './live.svelte.ts'
import { server } from './server.ts'
import { join, lookedAt, mostKept, ofRow, type Notice, type NoticeRow } from './told.ts'

let all = $state.raw<Notice[]>([])
let latest = $state.raw<Notice | null>(null)
let allowed = $state<NotificationPermission | 'absent'>(typeof Notification === 'undefined' ? 'absent' : Notification.permission)
let before = $state(0) // there are more, written before this one; 0 is none
let deaf: (() => void) | null = null
let begun = false

/** textOf says a notice in words. */
export function textOf(n: Notice): string {
  const words = settings.t.tickets.notice
  return (Object.hasOwn(words, n.kind) ? words[n.kind]! : words.changed!)(spoken(n.number))
}

/** read asks for the latest ones; those that have come while the stream was away are told. Their ids have gaps that may be filled later, so all are asked for. */
async function read(): Promise<void> {
  try {
    const answer = await server.notices()
    if (!deaf) return
    take(answer.items ?? [], begun)
    before = answer.next_before ?? 0
    begun = true
  } catch {
    // the stream's next beginning asks again
  }
}

function take(rows: NoticeRow[], telling: boolean): void {
  const joined = join(all, rows.map(ofRow))
  all = joined.all
  if (telling) tell(joined.fresh)
}

function tell(fresh: Notice[]): void {
  if (!fresh.length) return
  latest = fresh[0]!
  if (allowed !== 'granted' || document.visibilityState === 'visible') return
  for (const n of fresh.slice(0, 3)) {
    try {
      const shown = new Notification(textOf(n), { tag: String(n.id), icon: '/icon.svg' }) // no data of a customer: others may see this screen
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
  try {
    for (let i = 0; i < fresh.length; i += 200) await server.seeNotices(fresh.slice(i, i + 200).map((n) => n.id))
  } catch {
    // they are seen here, and the next page tells of them once more
  }
}

export const notices = {
  get all(): Notice[] {
    return all
  },
  get unread(): number {
    return all.filter((n) => !n.seen).length
  },
  /** There are more than those in `all`. */
  get more(): boolean {
    return before > 0 && all.length < mostKept
  },
  /** earlier adds those that were written before them. */
  async earlier(): Promise<void> {
    try {
      const answer = await server.notices(before)
      take(answer.items ?? [], false)
      before = answer.next_before ?? 0
    } catch {
      // the button is still there
    }
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
    deaf = live.listen({ notice: (n) => take([n], true), resync: () => void read() })
    void read()
  },
  close(): void {
    deaf?.()
    deaf = null
    ;[all, latest, begun, before] = [[], null, false, 0]
  },
  /** see is called with what somebody has gone to, and seeAll for all; what is of a department is seen for all of it. seeTicket is called by a look at a ticket. */
  see: (n: Notice): Promise<void> => see([n]),
  seeAll: (): Promise<void> => see(all),
  seeTicket: (number: string): Promise<void> => see(lookedAt(all, number)),
  /** ask must be called from a click. */
  async ask(): Promise<void> {
    if (allowed === 'absent') return
    allowed = await Notification.requestPermission()
  },
}
