/** What a supervisor asks about calls: which there are, and how one of them was routed. */

import { api } from './api.ts'
import { problemText } from './settings.svelte.ts'
import { sought } from './story.ts'
import { Failure, type Call, type Story } from './wire.ts'

export class Inquiry {
  /** Whose calls are listed; null: who waits now. */
  ticket = $state<string | null>(null)
  list = $state.raw<Call[] | null>(null)
  call = $state<string | null>(null)
  story = $state.raw<Story | 'unknown' | null>(null)
  problem = $state('')

  #asked = 0
  #last = () => this.waiting()

  /** waiting lists who waits now. */
  waiting(): Promise<void> {
    return this.#find({})
  }

  /** find looks for what was typed: a ticket's calls, or a call. */
  async find(typed: string): Promise<void> {
    const wanted = sought(typed)
    if (wanted === null) return this.waiting()
    if ('call' in wanted) return this.tell(wanted.call)
    return this.#find({ ticket: wanted.ticket })
  }

  /** busyWith tells of the call that an agent is busy with. */
  async busyWith(agent: string): Promise<void> {
    this.#last = () => this.busyWith(agent)
    await this.#ask(async (still) => {
      const [call] = await api.calls({ agent })
      if (!still()) return
      if (call) await this.tell(call.call)
      else this.story = 'unknown'
    }, agent)
  }

  /** tell asks how a call was routed. */
  async tell(call: string): Promise<void> {
    this.#last = () => this.tell(call)
    await this.#ask(async (still) => {
      try {
        const story = await api.decisions(call)
        if (still()) this.story = story
      } catch (e) {
        if (!still() || !(e instanceof Failure) || e.problem.status !== 404) throw e
        this.story = 'unknown'
      }
    }, call)
  }

  /** back leads from a story to the list. */
  async back(): Promise<void> {
    this.call = null
    this.story = null
    const { ticket } = this
    this.#last = () => this.#find(ticket === null ? {} : { ticket })
    if (this.list === null) await this.waiting()
  }

  /** again asks anew for what is shown: it may have changed. What is to be said of it stays then. */
  async again(said = ''): Promise<void> {
    await this.#last()
    this.problem ||= said
  }

  async #find(about: { ticket?: string }): Promise<void> {
    this.#last = () => this.#find(about)
    await this.#ask(async (still) => {
      const list = await api.calls(about)
      if (!still()) return
      this.ticket = about.ticket ?? null
      this.list = list
    }, null)
  }

  /** #ask asks the server; of several answers on their way only the latest counts. */
  async #ask(question: (still: () => boolean) => Promise<void>, call: string | null): Promise<void> {
    const n = ++this.#asked
    const still = () => this.#asked === n
    this.problem = ''
    if (call !== this.call) this.story = null
    this.call = call
    try {
      await question(still)
    } catch (e) {
      if (still()) {
        this.problem = problemText(e)
        if (this.story === null) this.call = null
      }
    }
  }
}
