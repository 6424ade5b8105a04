/**
 * Writes what the ticket of a call is about while one talks: the subject a moment after it was typed, what is chosen at once. What the server has
 * not taken stays in the draft, is tried again, and goes along with the wrap-up. A colleague's word is never written over unseen.
 */

import { describes, type AboutField } from '../lib/draft.ts'
import type { Desk } from '../lib/desk.svelte.ts'
import type { Change } from '../tickets/wire.ts'
import { describe } from './about.ts'

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
    this.#begin()
    this.#desk.touch()
    this.#soon(1500)
  }

  choose(field: AboutField, value: string): void {
    const { draft } = this.#desk
    draft.about = { ...draft.about, [field]: value }
    this.#begin()
    this.#desk.keepDraft()
    void this.save()
  }

  /** begin notes what the agent has before them as they begin. */
  #begin(): void {
    this.#desk.draft.base ??= this.#desk.matter?.file?.version
  }

  /** adopt takes over a subject that this agent is not writing. */
  adopt(subject: string): void {
    const { draft } = this.#desk
    if (draft.wrote) return
    if (draft.subject !== subject) draft.subject = subject
    draft.saw = subject
  }

  /** save writes what is not in the ticket yet, and says whether nothing is left. */
  save(): Promise<boolean> {
    clearTimeout(this.#timer)
    this.#saving ??= this.#save().finally(() => (this.#saving = null))
    return this.#saving
  }

  mine(): void {
    this.clash = null
    const { draft, matter } = this.#desk
    draft.base = matter?.file?.version // they have seen it now
    draft.saw = matter?.file?.ticket.subject ?? ''
    void this.save()
  }

  theirs(): void {
    const { draft, matter } = this.#desk
    this.clash = null
    this.state = ''
    Object.assign(draft, { wrote: false, about: {}, base: undefined })
    draft.subject = draft.saw = matter?.file?.ticket.subject ?? ''
    this.#desk.keepDraft()
  }

  async #save(): Promise<boolean> {
    const { draft, matter } = this.#desk
    if (!matter?.file || matter.busy) {
      this.#soon(300)
      return false
    }
    if (this.clash) return false
    const something = describes(draft)
    if (something) this.state = 'saving'
    const is = await describe(matter, draft)
    this.#desk.keepDraft()
    switch (is.end) {
      case 'nothing':
        if (this.state !== 'saved') this.state = something ? 'saved' : '' // the ticket says so already
        return true
      case 'saved':
        this.state = 'saved'
        if (describes(draft)) this.#soon(300) // typed on meanwhile
        return true
      case 'clash':
        this.clash = is.since
        return this.#not(false)
      default:
        return this.#not(is.end === 'later' || !matter.may('describe')) // it is theirs a moment after the answer
    }
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
