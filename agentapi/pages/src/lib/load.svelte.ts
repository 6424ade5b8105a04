/** The wall's state: the whole of the load, over which each event puts what has changed, and how old it is. */

import { api } from './api.ts'
import { clock } from './clock.svelte.ts'
import { instant } from './format.ts'
import { changed, type WallChanges } from './past.ts'
import { openStream, Stream, type StreamState } from './stream.ts'
import { Failure, type Wall } from './wire.ts'

/** Numbers older than this are not shown as if they were true. */
export const staleAfter = 3000

/** What the database counts each second is said to be old when it was not counted for so long. */
export const countedWithin = 6000

export class Load {
  wall = $state.raw<Wall | null>(null)
  stream = $state<StreamState>('connecting')
  /** When the last frame came, by this page's clock; any frame is a sign of life. */
  heard = $state(0)

  #known: Wall | null = null // also one of which nothing has been counted yet
  #stream: Stream

  constructor(lost: () => void) {
    this.#stream = new Stream({
      topics: ['wall'],
      open: openStream,
      changes: true,
      silence: 8000,
      snapshot: (_, data) => this.#show(data as Wall),
      event: (e) => {
        if (this.#known) this.#show(changed(this.#known, e.data as WallChanges))
      },
      frame: () => (this.heard = Date.now()),
      now: (server) => clock.sync(server),
      state: (state, code) => {
        this.stream = state
        if (state === 'signed_out') lost()
        if (state === 'waiting' && code === 1006)
          api.account().catch((e) => {
            if (e instanceof Failure && e.problem.status === 401) lost()
          })
      },
    })
  }

  open(): void {
    this.#stream.start()
  }

  close(): void {
    this.#stream.stop()
  }

  takeOver(): void {
    this.#stream.start()
  }

  #show(wall: Wall): void {
    this.#known = wall
    const now = instant(wall.now)
    if (now === null) return // nothing has been counted yet
    clock.sync(now)
    this.wall = wall
  }
}
