/**
 * The desk's state: what the stream says about this agent (me), and what only the page knows: the shift's start,
 * the phone, how an offer ended until the agent has seen it, and what was typed but not yet taken.
 *
 * me is replaced part by part as events come; nothing here decides about routing. The server's word is final:
 * buttons send commands and wait for the parts that follow.
 */

import { api } from './api.ts'
import { clock } from './clock.svelte.ts'
import { blank, describes, dirty, goesAlong, lastMoment, readDraft, wrapUpOf, type Draft } from './draft.ts'
import { Phone } from './phone.svelte.ts'
import { kept } from './kept.ts'
import { alike, outcomeOf, standing, staysAs } from './outcome.ts'
import { problemText, settings } from './settings.svelte.ts'
import { sounds } from './sounds.svelte.ts'
import { merge, openStream, Stream, type StreamEvent, type StreamState } from './stream.ts'
import { UnsavedWork, type Unsaved } from './unsaved.svelte.ts'
import { Matter } from '../tickets/matter.svelte.ts'
import { Failure, type Asked, type CallReasons, type Choice, type Contact, type Guest, type Me, type Named, type Pop, type Story, type TicketLine, type TransferTo } from './wire.ts'

export type Stage = 'ringing' | 'connecting' | 'talking' | 'wrap_up'
export type EndedHow = 'missed' | 'declined' | 'revoked' | 'closed'

export interface Ended {
  how: EndedHow
  pop: Pop
  at: number
}

export interface Theirs {
  id: string
  open: TicketLine[]
  contacts: Contact[]
}

export class Desk {
  me = $state.raw<Me | null>(null)
  stream = $state<StreamState>('connecting')
  draining = $state(false)
  reasons = $state.raw<Choice[]>([])
  callReasons = $state.raw<CallReasons>({ items: [], required: false })
  dispositions = $state.raw<Choice[]>([])
  /** Where the voice is: in this page, or in a phone beside it. */
  voice = $state<'seat' | 'beside'>('beside')
  shift = $state<'off' | 'starting' | 'on'>('off')
  shiftFailure = $state<'denied' | 'missing' | 'insecure' | null>(null)
  ended = $state.raw<Ended | null>(null)
  /** What was typed of calls that are over, and is not with the server yet. */
  readonly unsaved: UnsavedWork
  draft = $state<Draft>(blank(''))
  busy = $state<string | null>(null)
  problem = $state<string | null>(null)
  /** A ticket looked at beside the call, by its number. */
  viewing = $state<string | null>(null)
  /** The ticket of the call that was answered, as it is now; it changes while one talks. */
  matter = $state.raw<Matter | null>(null)
  /** The customer whom the pop did not know, with what is theirs. */
  theirs = $state.raw<Theirs | null>(null)
  /** The open tickets that the number keys choose among while one talks. */
  others = $state.raw<string[]>([])
  /** The call about which the agent has asked how it was routed. */
  asked = $state<string | null>(null)
  story = $state.raw<Story | 'unknown' | null>(null)
  accepted = $state<string | null>(null)
  /** The agent chooses where to send the caller. */
  sending = $state(false)
  readonly phone: Phone

  #stream: Stream
  #known = new Map<string, Pop>() // pops by call, for the wrap-up, which carries none
  #last: { id: string; pop: Pop } | null = null // the call talked in; between its end and the wrap-up's start it is still shown
  #talked = false // there was a call when last it was known
  #declined = $state('') // the offer that this agent turned down
  #finished = new Set<string>() // calls whose wrap-up this page has finished
  #acting = false
  #ticks = 0
  #asked = '' // the customer who was asked for last
  #self: string
  #timer: ReturnType<typeof setInterval> | undefined
  #lost: () => void

  /** Whose desk it is: `self` is the person by whom tickets know them. */
  constructor(seat: boolean, self: string, lost: () => void) {
    this.#lost = lost
    this.#self = self
    this.voice = seat ? 'seat' : 'beside'
    this.phone = new Phone(() => this.#credentials())
    this.unsaved = new UnsavedWork({
      send: (wrapUp) => this.#stream.command('wrap_up.finish', wrapUp, 15_000),
      closing: (disposition) => this.#closing(disposition),
      now: () => clock.exact(),
      words: problemText,
      clash: () => settings.t.wrap_up.unsaved_clash,
    })
    this.#stream = new Stream({
      topics: ['me'],
      lossless: ['me'],
      open: openStream,
      snapshot: (_, data) => this.#whole(data as Me),
      event: (e) => this.#event(e),
      now: (server) => clock.sync(server),
      state: (state, code) => this.#streamSays(state, code),
    })
  }

  // ---- life

  async open(): Promise<void> {
    this.#stream.start()
    this.#timer = setInterval(() => this.#tick(), 500)
    this.ended = readEnded(kept.get('ended', 'tab'))
    void this.#lists()
    if (kept.get('shift', 'tab') === 'on') await this.#resumeShift()
  }

  close(): void {
    clearInterval(this.#timer)
    sounds.ring(false)
    this.phone.stop()
    this.unsaved.close() // before the stream, which refuses what is on its way
    this.draft = blank('') // and what is still being written of the ticket keeps nothing either
    this.#stream.stop()
    this.#attend(null)
  }

  takeOver(): void {
    this.#stream.start()
    if (this.shift === 'on' && this.voice === 'seat') void this.phone.start()
  }

  hurry(): void {
    this.#stream.start()
  }

  async #lists(): Promise<void> {
    for (let pause = 500; ; pause = Math.min(pause * 2, 10_000)) {
      try {
        ;[this.reasons, this.callReasons, this.dispositions] = await Promise.all([api.reasons(), api.callReasons(), api.dispositions()])
        return
      } catch (e) {
        if (e instanceof Failure && (e.problem.status ?? 500) < 500 && e.problem.status !== 429) return
        await new Promise((r) => setTimeout(r, pause))
      }
    }
  }

  // ---- the shift's start

  async startShift(): Promise<void> {
    this.shift = 'starting'
    this.shiftFailure = null
    const unlocking = sounds.unlock() // still inside the click
    if (this.voice === 'seat') {
      const failure = await askMicrophone()
      if (failure) {
        this.shiftFailure = failure
        this.shift = 'off'
        return
      }
    }
    await Promise.race([unlocking.catch(() => {}), new Promise((r) => setTimeout(r, 1000))])
    sounds.beep()
    this.#begin()
  }

  async #resumeShift(): Promise<void> {
    await sounds.tryUnlock()
    this.#begin()
  }

  #begin(): void {
    this.shift = 'on'
    kept.set('shift', 'on', 'tab')
    if (this.voice === 'seat') void this.phone.start()
  }

  /** The seat may have been taken from the account since the sign-in. */
  async #credentials() {
    try {
      return await api.phone()
    } catch (e) {
      if (e instanceof Failure && (e.problem.status === 403 || e.problem.status === 404)) {
        this.voice = 'beside'
        this.phone.stop()
      }
      throw e
    }
  }

  // ---- what the stream says

  #streamSays(state: StreamState, code: number): void {
    this.stream = state
    this.draining = code === 4010
    if (state === 'signed_out') this.#lost()
    if (state === 'replaced') this.phone.leave()
    if (state === 'waiting' && code === 1006) void this.#stillSignedIn()
  }

  /** A refused upgrade looks like any other loss: ask whether the sign-in still stands. */
  async #stillSignedIn(): Promise<void> {
    try {
      await api.account()
    } catch (e) {
      if (e instanceof Failure && e.problem.status === 401) this.#lost()
    }
  }

  #whole(me: Me): void {
    this.#seen(me.offer)
    const before = this.me
    this.me = me
    const offer = before ? before.offer : readOffer(kept.get('offer', 'tab')) // the end may have come during a reload
    const gone = offer && offer.id !== me.offer?.id && offer.call !== me.call?.id && offer.call !== me.wrap_up?.call ? offer : null
    if (gone) this.#offerEnded(me.availability.reason === 'missed_call' ? 'missed' : 'revoked', gone)
    this.#after(before)
  }

  #event(e: StreamEvent): void {
    const parts = e.data as Partial<Me>
    if (e.type === 'offer.created') this.#seen(parts.offer) // this comes first, because the phone does not ring before it
    const before = this.me
    if (!before) return // a snapshot is on its way
    this.me = merge(before, parts)
    const offer = before.offer
    if (offer && offer.id !== this.me.offer?.id && this.me.call?.id !== offer.call) {
      const how = { 'offer.missed': 'missed', 'offer.declined': 'declined', 'offer.revoked': 'revoked', 'offer.closed': 'closed' } as const
      this.#offerEnded(how[e.type as keyof typeof how] ?? 'closed', offer)
    }
    this.#after(before)
  }

  #seen(offer: Me['offer'] | undefined): void {
    if (offer) this.#stream.command('offer.seen', { offer: offer.id }, 5000).catch(() => {})
  }

  /** after follows up what changed, whichever way it came. */
  #after(before: Me | null): void {
    const me = this.me!
    for (const pop of [me.offer?.pop, me.call?.pop, me.wrap_up?.pop]) if (pop) this.#know(pop)
    if (me.offer && me.offer.id !== before?.offer?.id) {
      this.#setEnded(null)
      this.viewing = null
      this.asked = null // nothing may cover a pop
      this.problem = null
      this.phone.awaited = false // what it waited for was not this
    }
    if (me.offer !== before?.offer) kept.set('offer', me.offer && JSON.stringify(me.offer), 'tab')
    if (!me.offer) {
      this.accepted = null
      if (before?.offer && !me.call) this.phone.awaited = false
    }
    if (before && before.activity.state !== 'idle' && me.activity.state === 'idle' && !me.offer) this.phone.awaited = false // what it waited for has not come
    const call = me.call?.consult ? undefined : (me.call?.id ?? me.wrap_up?.call) // who is only asked has nothing to write of it
    const known = call || (!me.starting && (me.activity.state === 'idle' || me.activity.state === 'offered')) // after a restart it is not known for a moment whose call it is
    if (known && this.draft.call !== call) this.#leave(call)
    if (call && this.draft.call !== call) this.#openDraft(call)
    if (me.call) {
      this.#last = me.call
      kept.set('pop', JSON.stringify(me.call.pop), 'tab')
      if (this.ended?.pop.call === me.call.id) this.#setEnded(null) // it was answered after all
    }
    if (me.activity.state === 'idle' || me.activity.state === 'offered') this.#last = null
    if (me.call && me.call.id !== before?.call?.id) this.viewing = null
    if (!!me.call?.returns !== !!before?.call?.returns) this.phone.returns(!!me.call?.returns)
    if (!me.starting) { // what was before it starts is not over because of that
      if (this.#talked && this.#over) this.phone.overSoon(() => this.#over)
      this.#talked = !!me.call
    }
    if (me.call?.hold_reminded && me.call.hold_reminded !== before?.call?.hold_reminded) sounds.beep()
    if (me.call?.ends && !before?.call?.ends) sounds.beep()
    if (me.wrap_up && !before?.wrap_up) this.#finished.delete(me.wrap_up.call) // the wrap-up is back, and what is typed from now on is new
    const stage = this.stage
    this.#attend(stage === 'talking' || stage === 'wrap_up' ? (this.pop?.ticket?.number ?? me.wrap_up?.ticket ?? null) : null)
    if (stage !== 'talking') this.sending = false
    if (stage === 'wrap_up' && !this.sentOn) this.#propose()
  }

  /** know keeps a pop for the wrap-up; a day has many, and the last few serve. */
  #know(pop: Pop): void {
    this.#known.delete(pop.call)
    this.#known.set(pop.call, pop)
    if (this.#known.size > 4) this.#known.delete(this.#known.keys().next().value!)
  }

  /** Whether there is no talk, as far as Hotline knows: one that has just started does not. */
  get #over(): boolean {
    const me = this.me
    return !!me && !me.starting && !me.call && !me.offer
  }

  // ---- the ticket of the call

  #attend(number: string | null): void {
    if (this.matter?.number === (number ?? undefined)) return
    this.matter?.close()
    this.theirs = null
    this.#asked = ''
    this.matter = number ? new Matter(number) : null
    this.matter?.open()
  }

  /** The ticket of a call is written a moment after the answer, and the page may ask before that; and how it stood then is remembered. */
  #watch(): void {
    const m = this.matter
    if (!m) return
    if (!m.file && m.problem && this.#ticks % 2 === 0) void m.read()
    const customer = m.file?.customer
    if (customer && !customer.provisional && customer.id !== this.pop?.caller.customer?.id && this.#asked !== customer.id) void this.know(customer.id)
    if (!m.file || this.draft.call !== (this.me?.call?.id ?? this.me?.wrap_up?.call)) return
    const now = standing(m.file.ticket)
    if (this.draft.ticket === m.number && alike(this.draft.seen, now)) return
    Object.assign(this.draft, { ticket: m.number, was: this.draft.was ?? now, seen: now })
    this.keepDraft()
  }

  /** know asks what is of a customer who turned out to be the caller. */
  async know(id: string): Promise<void> {
    const [number, call] = [this.matter?.number, this.draft.call]
    this.#asked = id
    try {
      const file = await api.customer(id)
      if (this.matter?.number === number) this.theirs = { id, open: file.open_tickets ?? [], contacts: (file.contacts ?? []).filter((c) => c.id !== call) }
    } catch {
      // the panel shows the customer, and says why it cannot
    }
  }

  /** propose chooses the outcome that what was done during the call comes to; the agent may choose another. */
  #propose(): void {
    if (!this.draft.disposition) this.draft.disposition = outcomeOf(this.draft.was, this.matter?.file?.ticket, this.#self)
  }

  /** Whether the ticket stays with whom it was given, for the outcome that is chosen. */
  get stays(): boolean {
    return staysAs(this.matter?.file?.ticket, this.draft.disposition, this.draft.department ?? '', this.#self)
  }

  /** link says which ticket the call is about. */
  async link(ticket: string): Promise<boolean> {
    const call = this.draft.call
    if (!call || ticket === this.matter?.number || this.busy === 'call.link') return false
    if (!(await this.#do('call.link', { call, ticket }))) return false
    Object.assign(this.draft, { ticket, was: undefined, seen: undefined, wrote: false, saw: undefined, about: {}, base: undefined, disposition: '', department: '', next: '' }) // all of it was said of the other
    this.keepDraft()
    return true
  }

  #offerEnded(how: EndedHow, offer: { id: string; pop: Pop }): void {
    if (how === 'declined' || this.#declined === offer.id) return // the agent knows
    this.#setEnded({ how, pop: offer.pop, at: clock.exact() })
  }

  #setEnded(e: Ended | null): void {
    this.ended = e
    kept.set('ended', e && JSON.stringify(e), 'tab')
  }

  dismiss(): void {
    this.#setEnded(null)
    this.problem = null
  }

  // ---- what is shown

  get stage(): Stage | null {
    const me = this.me
    if (!me) return null
    if (me.offer) return this.accepted === me.offer.id || this.phone.call === 'talking' ? 'connecting' : 'ringing'
    if (me.call) return 'talking'
    if (me.wrap_up) return 'wrap_up'
    if (this.#last && me.activity.state !== 'idle') return me.activity.state === 'wrap_up' ? 'wrap_up' : 'talking'
    return null
  }

  get pop(): Pop | null {
    const me = this.me
    if (!me) return null
    if (me.offer) return me.offer.pop
    if (me.call) return me.call.pop
    if (!me.wrap_up) return this.#last?.pop ?? null
    return me.wrap_up.pop ?? this.#known.get(me.wrap_up.call) ?? readPop(kept.get('pop', 'tab'), me.wrap_up.call)
  }

  /** Why the call came to this agent. */
  get why(): Named | undefined {
    return this.me?.offer?.why ?? (this.me?.offer ? undefined : this.me?.call?.why)
  }

  /** A call that rings in the page's phone without a card: the stream is away, or late. */
  get bareCall(): boolean {
    return this.phone.call !== 'none' && this.stage !== 'ringing' && this.stage !== 'connecting' && this.stage !== 'talking'
  }

  // ---- commands

  async #do(name: string, data: Record<string, unknown> = {}, within?: number): Promise<boolean> {
    this.busy = name
    this.problem = null
    try {
      await this.#stream.command(name, data, within)
      return true
    } catch (e) {
      this.problem = problemText(e)
      if (e instanceof Failure && e.problem.errors?.some((f) => f.field === 'data.reason')) void this.#lists() // the configuration has others meanwhile
      return false
    } finally {
      this.busy = null
    }
  }

  ready = () => this.shift === 'on' && this.#do('agent.ready').then((ok) => ok && this.#setEnded(null))
  notReady = (reason: string) => this.#do('agent.not_ready', { reason })

  async endShift(): Promise<boolean> {
    const ok = await this.#do('agent.sign_out')
    if (ok || this.stream !== 'live') {
      for (const key of ['shift', 'pop', 'offer', 'ended']) kept.set(key, null, 'tab')
      return true
    }
    return false
  }

  async accept(): Promise<void> {
    const offer = this.me?.offer
    if (!offer) {
      if (this.phone.call === 'ringing') this.phone.answer()
      return
    }
    if (this.accepted === offer.id) return
    this.accepted = offer.id
    if (this.voice === 'seat') this.phone.answer()
    if (!(await this.#do('offer.accept', { offer: offer.id })) && this.me?.offer?.id === offer.id) {
      this.accepted = null
      this.phone.awaited = false
    }
  }

  /** Whether the agent could call somebody now. */
  get canDial(): boolean {
    return this.shift === 'on' && this.stage === null && this.me?.activity.state === 'idle' && this.me.availability.state !== 'signed_out' && this.me.phone.reachable
  }

  /** Calls a number: the agent's own phone rings first, and one in this page answers by itself. */
  dial = async (number: string, ticket = '', reason = ''): Promise<boolean> => {
    if (this.voice === 'seat') this.phone.awaited = true
    const begun = await this.#do('call.dial', { number, ticket, reason })
    if (!begun) this.phone.awaited = false
    return begun
  }

  async decline(): Promise<void> {
    const offer = this.me?.offer
    if (offer) this.#declined = offer.id
    if (offer) await this.#do('offer.decline', { offer: offer.id }, 3000) // this comes first, so that the phone's 486 is not taken for a fault
    this.phone.reject()
  }

  async hangUp(): Promise<void> {
    const call = this.me?.call
    const calledAgain = call?.returns && this.phone.call !== 'talking' // unless Hotline is told
    if ((this.phone.hangUp() && !calledAgain) || !call) return
    await this.#do('call.hang_up', { call: call.id })
  }

  /** The caller hears music; the exchange does it, so every kind of phone can. */
  get held(): boolean {
    return this.me?.activity.state === 'on_hold'
  }

  async toggleHold(): Promise<void> {
    const call = this.me?.call?.id
    if (call && this.busy !== 'call.hold' && this.busy !== 'call.resume') await this.#do(this.held ? 'call.resume' : 'call.hold', { call })
  }

  /** toggleRecording pauses it or goes on, and starts one where there is none and the agent may. */
  async toggleRecording(): Promise<void> {
    const state = this.me?.call?.recording?.state
    await this.record(state === 'on' ? 'pause' : state === 'paused' ? 'go_on' : 'start')
  }

  async record(wish: 'start' | 'stop' | 'pause' | 'go_on'): Promise<void> {
    const call = this.me?.call
    if (call?.recording && this.busy !== 'call.record') await this.#do('call.record', { call: call.id, do: wish })
  }

  /** type presses keys for the other end. */
  async type(digits: string): Promise<boolean> {
    const call = this.me?.call?.id
    return Boolean(call) && (await this.#do('call.type', { call, digits }))
  }

  /** transfer sends the caller on, with a word for whoever takes them. The talk is over then. */
  async transfer(to: TransferTo, note: string): Promise<boolean> {
    const call = this.me?.call?.id
    return Boolean(call) && this.busy !== 'call.transfer' && (await this.#do('call.transfer', { call, ...to, note }))
  }

  /** ask asks somebody first, while the caller hears music. */
  async ask(whom: TransferTo, note: string): Promise<boolean> {
    const call = this.me?.call?.id
    return Boolean(call) && this.busy !== 'call.consult' && (await this.#do('call.consult', { call, ...whom, note }))
  }

  /** help calls for a supervisor, or says what it is about. */
  async help(note: string): Promise<boolean> {
    const call = this.me?.call
    return Boolean(call && !call.consult) && this.busy !== 'call.help' && (await this.#do('call.help', { call: call!.id, note }))
  }

  async toggleHelp(): Promise<void> {
    const call = this.me?.call
    if (call?.help) await this.#do('call.end_help', { call: call.id })
    else await this.help('')
  }

  /** Who is asked in the talk, as long as they are. */
  get consults(): Asked | null {
    const asked = this.me?.call?.asked
    return asked && asked.state !== 'over' ? asked : null
  }

  /** Who was asked and is in the agent's talk with the caller. */
  get guests(): Guest[] {
    return (!this.me?.call?.consult && this.me?.call?.guests) || []
  }

  /** drop lets one of several go, or invites them no more. */
  async drop(guest: string): Promise<void> {
    const call = this.me?.call?.id
    if (call && !this.busy?.startsWith('call.')) await this.#do('call.drop', { call, guest })
  }

  /** consult does what is possible with who is asked. */
  async consult(verb: 'swap' | 'join' | 'take_back' | 'complete'): Promise<void> {
    const call = this.me?.call?.id
    const asked = this.consults
    const may = asked ? verb === 'take_back' || asked.state !== 'rings' || (verb === 'complete' && this.guests.length > 0) : verb !== 'join' && this.guests.length > 0 && (verb !== 'swap' || this.guests.length === 1)
    if (call && may && !this.busy?.startsWith('call.')) await this.#do(`call.${verb}`, { call })
  }

  /** back is the key's way back to the caller: who is invited, and whose phone rings yet, is so no more, and with nobody of that kind all are let go. */
  async back(): Promise<void> {
    const asked = this.consults
    await (asked && this.guests.length ? this.drop(asked.id) : this.consult('take_back'))
  }

  /** Whether the wrap-up is of a caller whom somebody else has: nothing is to be decided, and the note is kept. */
  get sentOn(): boolean {
    return this.me?.wrap_up?.sent_on ?? false
  }

  // ---- wrap-up

  #openDraft(call: string): void {
    const ticket = (this.#known.get(call) ?? readPop(kept.get('pop', 'tab'), call))?.ticket
    this.draft = readDraft(kept.get('draft', 'tab'), call) ?? { ...blank(call, ticket?.subject), ticket: ticket?.number }
  }

  /**
   * leave looks after what was typed of a call that is over: its wrap-up ran out, or there was none, or this page was away. It is sent, also where
   * the clock was faster. What a page finds that was not there is for the agent to send: nobody knows how long ago that was.
   */
  #leave(now: string | undefined): void {
    const here = this.draft.call !== ''
    const draft = here ? { ...$state.snapshot(this.draft), stays: this.stays } : readDraft(kept.get('draft', 'tab'))
    this.draft = blank('')
    if (!draft || draft.call === now || this.#finished.has(draft.call)) return
    if (dirty(draft)) this.#keepUnsaved(draft, here ? null : '')
    else this.#dropDraft(draft.call)
  }

  /** touch is called at each keystroke. */
  touch(): void {
    this.draft.touched = clock.exact()
    this.keepDraft()
  }

  keepDraft(): void {
    if (this.draft.call) kept.set('draft', JSON.stringify(this.draft), 'tab')
  }

  choose(code: string): void {
    this.draft.disposition = code
    this.keepDraft()
  }

  /** acknowledge says that the agent has read what a supervisor said. */
  acknowledge(bulletin: string): Promise<boolean> {
    return this.#do('bulletin.see', { bulletin })
  }

  async finish(): Promise<void> {
    const w = this.me?.wrap_up
    if (!w || this.busy === 'wrap_up.finish') return
    this.#finished.add(w.call)
    const sent = { ...$state.snapshot(this.draft), stays: this.stays }
    const along = goesAlong(sent, this.matter?.file?.version)
    const rest = { ...sent, wrote: sent.wrote && !along }
    const taken = await this.#do('wrap_up.finish', wrapUpOf({ ...sent, wrote: along }, { closing: this.#closing }), 30_000)
    if (taken && !describes(rest)) this.#dropDraft(w.call)
    else if (taken) this.#keepUnsaved(rest, null, true)
    else if (this.me?.wrap_up?.call === w.call) this.#finished.delete(w.call)
    else this.#keepUnsaved(sent, this.problem ?? '')
  }

  extend = () => this.#do('wrap_up.extend')

  #closing = (disposition: string): boolean => this.dispositions.find((c) => c.code === disposition)?.closes !== false

  /** keepUnsaved keeps what is left of a draft; without a reason against it, it is sent at once. */
  #keepUnsaved(draft: Draft, why: string | null, filed = false): void {
    const u: Unsaved = { call: draft.call, ticket: draft.ticket ?? '', draft, filed, why }
    this.unsaved.keep(u)
    this.#dropDraft(u.call)
    if (why === null) void this.unsaved.retry(u)
  }

  /** dropDraft forgets what the tab keeps of a call's draft; the next call's may be there already. */
  #dropDraft(call: string): void {
    if (readDraft(kept.get('draft', 'tab'), call)) kept.set('draft', null, 'tab')
  }

  #tick(): void {
    this.#ticks++
    this.#watch()
    if (this.stream === 'live' && this.#ticks % 8 === 0) this.unsaved.again()
    const w = this.me?.wrap_up
    if (!w || this.#acting || this.stream !== 'live') return
    const next = lastMoment(this.draft, { until: Date.parse(w.until), now: clock.exact() })
    if (next === 'wait') return
    this.#acting = true
    const done = next === 'extend' ? this.extend() : this.finish()
    void done.finally(() => setTimeout(() => (this.#acting = false), 1500))
  }

  // ---- tickets beside the call

  view(number: string | null): void {
    this.viewing = number
  }

  /** explain asks how a call was routed. */
  async explain(call: string | null): Promise<void> {
    this.asked = call
    this.story = null
    if (!call) return
    try {
      const story = await api.decisions(call)
      if (this.asked === call) this.story = story
    } catch (e) {
      if (this.asked !== call) return
      if (e instanceof Failure && e.problem.status === 404) this.story = 'unknown'
      else {
        this.asked = null
        this.problem = problemText(e)
      }
    }
  }

  /** turn shows the next (or previous) of the recent calls' tickets; before the first stands the call itself. */
  turn(by: 1 | -1): void {
    const cards = [null, ...new Set((this.me?.recent ?? []).map((r) => r.ticket).filter((n): n is string => Boolean(n)))]
    const at = cards.indexOf(this.viewing)
    const to = cards[Math.min(cards.length - 1, Math.max(0, at + by))]
    if (to !== undefined && to !== this.viewing) this.view(to)
  }

  // ---- sound

  /** Whether the page rings: the seat with its phone, and beside a desk phone with the offer, until the agent has answered or declined. */
  get rings(): boolean {
    const offer = this.me?.offer?.id
    if (this.shift !== 'on' || this.stream === 'replaced' || (offer && offer === this.#declined)) return false
    return this.voice === 'seat' ? this.phone.call === 'ringing' : Boolean(offer) && this.accepted !== offer
  }
}

async function askMicrophone(): Promise<'denied' | 'missing' | 'insecure' | null> {
  if (!navigator.mediaDevices) return 'insecure'
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    for (const track of stream.getTracks()) track.stop()
    return null
  } catch (e) {
    const name = (e as Error).name
    return name === 'NotFoundError' || name === 'NotReadableError' ? 'missing' : 'denied'
  }
}

function readEnded(stored: string | null): Ended | null {
  try {
    const e = JSON.parse(stored ?? 'null') as Ended | null
    return e?.pop?.caller ? e : null
  } catch {
    return null
  }
}

function readOffer(stored: string | null): Me['offer'] {
  try {
    const offer = JSON.parse(stored ?? 'null') as Me['offer']
    return offer?.pop?.caller ? offer : null
  } catch {
    return null
  }
}

function readPop(stored: string | null, call: string): Pop | null {
  try {
    const pop = JSON.parse(stored ?? 'null') as Pop | null
    return pop?.call === call ? pop : null
  } catch {
    return null
  }
}
