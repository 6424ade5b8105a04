/**
 * Writes what the ticket of a call is about while one talks: the subject a moment after it was typed, what is chosen at once. What the server has
 * not taken stays in the draft, is tried again, and goes along with the wrap-up. A colleague's word is never written over unseen.
 */

import type { AboutField } from '../lib/draft.ts'
import type { Desk } from '../lib/desk.svelte.ts'
import { Failure } from '../lib/wire.ts'
import type { Change } from '../tickets/wire.ts'
import { body, collides, unsaved } from './about.ts'

export class About {
  state = $state<'' | 'saving' | 'saved' | 'unsaved'>('')
  /** What colleagues have written meanwhile, until the agent has said what counts. */
  clash = $state.raw<Change[] | null>(null)

  #desk: Desk
  #timer: ReturnType<typeof setTimeout> | undefined
  #saving: Promise<boolean> | null = null

  constructor(desk: Desk) {
    this.#desk = desk
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  /** typed is called at each keystroke in the subject. */
  typed(): void {
    this.#desk.draft.wrote = true
    this.#desk.touch()
    this.#soon(1500)
  }

  choose(field: AboutField, value: string): void {
    const { draft } = this.#desk
    draft.about = { ...draft.about, [field]: value }
    this.#desk.keepDraft()
    void this.save()
  }

  /** adopt takes over a subject that this agent is not writing. */
  adopt(subject: string): void {
    const { draft } = this.#desk
    if (!draft.wrote && draft.subject !== subject) draft.subject = subject
  }

  /** save writes what is not in the ticket yet, and says whether nothing is left. */
  save(): Promise<boolean> {
    clearTimeout(this.#timer)
    this.#saving ??= this.#save(3).finally(() => (this.#saving = null))
    return this.#saving
  }

  mine(): void {
    this.clash = null
    void this.save()
  }

  theirs(): void {
    const { draft, matter } = this.#desk
    this.clash = null
    this.state = ''
    ;[draft.wrote, draft.about] = [false, {}]
    draft.subject = matter?.file?.ticket.subject ?? ''
    this.#desk.keepDraft()
  }

  async #save(tries: number): Promise<boolean> {
    const { draft, matter } = this.#desk
    if (!matter?.file || matter.busy) {
      this.#soon(300)
      return false
    }
    const left = unsaved(draft, matter.file.ticket, draft.wrote ?? false)
    if (!Object.keys(left).length) {
      if (this.state === 'unsaved') this.state = ''
      return true
    }
    if (this.clash) return false
    if (!matter.may('describe')) return this.#not()
    this.state = 'saving'
    if (await matter.send('describe', body(left))) {
      if (draft.subject.trim() === left.subject) draft.wrote = false
      draft.about = Object.fromEntries(Object.entries(draft.about ?? {}).filter(([f, v]) => left[f as AboutField] !== v))
      this.#desk.keepDraft()
      this.state = 'saved'
      if (draft.wrote) this.#soon(300) // typed on meanwhile
      return true
    }
    const against = matter.against
    matter.against = null
    if (!against) return this.#not() // another command was on its way
    if (against.since && collides(left, against.since).length) {
      this.clash = against.since
      return this.#not(false)
    }
    if (against.since && tries > 0) return this.#save(tries - 1)
    const status = against.failure instanceof Failure ? (against.failure.problem.status ?? 500) : 500
    return this.#not(status >= 500 || status === 429)
  }

  #not(again = true): false {
    this.state = 'unsaved'
    if (again) this.#soon(4000)
    return false
  }

  #soon(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.save(), ms)
  }
}
