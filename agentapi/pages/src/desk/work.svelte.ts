/** The work that waits for somebody between calls: read from the lists of tickets, and again whenever one of them changes. */

import { ask } from '../lib/api.ts'
import { clock } from '../lib/clock.svelte.ts'
import { directory } from '../tickets/directory.svelte.ts'
import { live } from '../tickets/live.svelte.ts'
import type { Rows } from '../tickets/wire.ts'
import { dueToday, sorted, type Work } from './work.ts'

/** News is what somebody is told of a ticket, as the server keeps it. */
export interface News {
  id: number
  ticket: string
  kind: string
  department?: string
  at: string
}

const most = 6 // of each pile; the lists show all

export class MyTickets {
  found = $state.raw<Work | null>(null)
  news = $state.raw<News[]>([])
  /** How many messages of callers are to be done. */
  voicemails = $state(0)
  failed = $state(false)

  #deaf: () => void = () => {}
  #soon: ReturnType<typeof setTimeout> | undefined
  #poll: ReturnType<typeof setInterval> | undefined
  #reads = 0

  open(): void {
    this.#deaf = live.listen({ changed: () => this.#later(), resync: () => this.#later(), notice: () => this.#later() })
    this.#poll = setInterval(() => document.visibilityState === 'visible' && void this.read(), 60_000) // what is due today changes by itself
    void directory.read()
    void this.read()
  }

  close(): void {
    this.#deaf()
    clearTimeout(this.#soon)
    clearInterval(this.#poll)
    this.#reads++
  }

  async read(): Promise<void> {
    const n = ++this.#reads
    const list = (of: Record<string, string>) => ask<Rows>('GET', `/tickets?${new URLSearchParams({ limit: '30', sort: 'due', ...of })}`).then((a) => a.items ?? [])
    try {
      const [mine, promised, returned, callback, free, news, voicemails] = await Promise.all([
        list({ list: 'mine' }), list({ list: 'promised' }), list({ list: 'returned' }), list({ list: 'callback' }), list({ list: 'free' }),
        ask<{ items: News[] | null }>('GET', '/notices?unseen=true&limit=8').then((a) => a.items ?? [], () => []),
        ask<{ count?: number }>('GET', '/voicemails?limit=1&count=true').then((a) => a.count ?? 0, () => 0),
      ])
      if (n !== this.#reads) return
      this.found = sorted({ due: dueToday(mine!, clock.exact()), promised: promised!, returned: returned!, callback: callback!, free: free!.filter((r) => r.phase !== 'solved') }, most)
      this.news = news
      this.voicemails = voicemails
      this.failed = false
    } catch {
      if (n === this.#reads) this.failed = true
    }
  }

  /** seen takes notices off. */
  async seen(ids: number[]): Promise<void> {
    this.news = this.news.filter((n) => !ids.includes(n.id))
    try {
      await ask('POST', '/notices/seen', { ids })
    } catch {
      this.#later() // they come back
    }
  }

  #later(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      void this.read()
    }, 800)
  }
}
