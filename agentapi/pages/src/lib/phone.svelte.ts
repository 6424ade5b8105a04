/**
 * The seat's phone: a SIP user agent over Asterisk's websocket (JsSIP, loaded only when a seat has one).
 *
 *	off ──start──► connecting ──► registered ⇄ failed          (registration)
 *	none ──INVITE──► ringing ──answer──► answering ──► talking ──► none   (the one call)
 *
 * The router gives an agent one call at a time; a second INVITE is answered with 486. Of several pages of a seat the newest has the phone: the others have
 * left (registration off), but that one of them goes on with its call to the end.
 */

import type { UA } from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import { kept } from './kept.ts'
import type { SeatPhone } from './wire.ts'

export type Registration = 'off' | 'connecting' | 'registered' | 'failed' | 'refused'
export type PhoneCall = 'none' | 'ringing' | 'answering' | 'talking'

/** goneWithPage says in a BYE that nobody hangs up (RFC 3326, Q.850: a timer that has run out). */
const goneWithPage = 'Reason: Q.850;cause=102;text="The page is gone"'

export class Phone {
  registration = $state<Registration>('off')
  call = $state<PhoneCall>('none')
  muted = $state(false)
  caller = $state.raw({ name: '', number: '' })
  /** Answer the next INVITE at once: the agent has accepted before the phone rang. */
  awaited = false

  #ua: UA | null = null
  #session: RTCSession | null = null
  #audio: HTMLAudioElement | null = null
  #returning = false // see returns
  #left = false // another page has the seat, and a talk goes on here
  #turn = 0 // of start, stop and leave: what a start has waited for counts while it is the last of them
  #retry: ReturnType<typeof setTimeout> | undefined
  #credentials: () => Promise<SeatPhone>

  constructor(credentials: () => Promise<SeatPhone>) {
    this.#credentials = credentials
  }

  async start(): Promise<void> {
    const turn = ++this.#turn
    clearTimeout(this.#retry)
    const talks = this.#left ? this.#ua : null // the talk that has gone on here is not cut
    this.#left = false
    this.registration = 'connecting'
    if (!talks) {
      this.#ua?.stop()
      this.#ua = null
    }
    try {
      if (talks) {
        const { user, password } = await this.#credentials() // the other page was given new ones
        if (this.#turn !== turn) return
        talks.set('authorization_user', user)
        talks.set('password', password)
        talks.register()
        return
      }
      const [seat, module] = await Promise.all([this.#credentials(), import('jssip')])
      if (this.#turn !== turn) return
      const JsSIP = module.default
      const ua = new JsSIP.UA({
        sockets: [new JsSIP.WebSocketInterface(seat.ws)],
        uri: seat.uri,
        authorization_user: seat.user,
        password: seat.password,
        user_agent: 'Hotline desk',
        session_timers: false,
        no_answer_timeout: 3600, // how long it rings is the exchange's to say
        register_expires: 60,
        connection_recovery_min_interval: 1,
        connection_recovery_max_interval: 8,
      })
      this.#ua = ua
      this.#listen(ua)
      ua.start()
    } catch {
      if (this.#turn !== turn) return
      this.registration = 'failed'
      this.#again()
    }
  }

  /**
   * stop leaves the exchange: the seat cannot be rung any more. Nobody hangs up with it: a caller whose agent's page is loaded again or closed
   * hears music until the page is back and is called (see returns), and otherwise has lost their agent, as where a phone dies. A call that
   * rings is answered 410, as nothing else is: it goes to the next agent, and nobody has missed it.
   */
  stop(): void {
    this.#turn++
    clearTimeout(this.#retry)
    const ua = this.#ua
    this.#ua = null
    this.#left = false
    this.registration = 'off'
    if (this.call === 'talking') this.#terminate({ extraHeaders: [goneWithPage] })
    else if (this.call !== 'none') this.#terminate({ status_code: 410 })
    ua?.stop()
  }

  /**
   * leave gives the seat to another page: that is rung from now on, and a talk that is up goes on here to its end. A call that rings is the exchange's
   * again, and the 430, as nothing else is answered, says why: nobody has missed or declined it, no phone has failed, and it goes to the next agent, or
   * after a few seconds to the other page.
   */
  leave(): void {
    this.#turn++
    this.awaited = false
    if (this.call === 'ringing') this.#terminate({ status_code: 430 })
    if (!this.#ua || this.call === 'none') return this.stop()
    clearTimeout(this.#retry)
    this.#left = true
    this.registration = 'off'
    this.#ua.unregister()
  }

  #listen(ua: UA): void {
    const mine = (f: () => void) => () => {
      if (this.#ua === ua && !this.#left) f()
    }
    ua.on('registered', () => {
      if (this.#ua !== ua) return
      if (this.#left) ua.unregister() // this was on its way
      else this.registration = 'registered'
    })
    ua.on('unregistered', mine(() => (this.registration = 'connecting')))
    ua.on('disconnected', mine(() => {
      this.registration = 'failed' // JsSIP connects again by itself
      if (this.call === 'ringing' || this.call === 'answering') this.#terminate({ status_code: 480 }) // whose end could not be told here any more: the next call would find us busy
    }))
    ua.on('registrationFailed', (e: { response?: { status_code?: number } | null }) => {
      if (this.#ua !== ua || this.#left) return
      this.registration = e.response?.status_code ? 'refused' : 'failed'
      this.#again()
    })
    ua.on('newRTCSession', (e: { originator: string; session: RTCSession }) => {
      if (this.#ua === ua && e.originator === 'remote') this.#invited(e.session)
    })
  }

  /** again starts afresh: the exchange may have been restarted, the seat provisioned anew. */
  #again(): void {
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => {
      if (this.#session) this.#again() // starting afresh would cut the talk
      else if (this.registration === 'failed' || this.registration === 'refused') void this.start()
    }, 3000)
  }

  #invited(session: RTCSession): void {
    if (this.#session) {
      session.terminate({ status_code: 486 })
      return
    }
    this.#session = session
    this.call = 'ringing'
    this.muted = false
    const from = session.remote_identity
    this.caller = { name: from?.display_name ?? '', number: from?.uri?.user ?? '' }
    const over = () => {
      if (this.#session !== session) return
      this.#session = null
      this.call = 'none'
      this.muted = false
      if (this.#audio) this.#audio.srcObject = null
      if (this.#left) this.stop()
    }
    session.on('ended', over)
    session.on('failed', over)
    session.on('confirmed', () => {
      if (this.#session === session) this.call = 'talking'
    })
    session.on('peerconnection', ({ peerconnection }: { peerconnection: RTCPeerConnection }) => this.#hear(peerconnection))
    // Gathering addresses can take seconds on a machine with many networks: those found in half a second serve.
    let soon: ReturnType<typeof setTimeout> | undefined
    session.on('icecandidate', (e: { ready: () => void }) => {
      soon ??= setTimeout(() => e.ready(), 500)
    })
    if (this.awaited || this.#returning) this.answer()
  }

  #hear(connection: RTCPeerConnection): void {
    this.#audio ??= document.body.appendChild(Object.assign(document.createElement('audio'), { autoplay: true, hidden: true }))
    const audio = this.#audio
    connection.addEventListener('track', (e) => {
      audio.srcObject = e.streams[0] ?? new MediaStream([e.track])
      void this.useSink(kept.get('sink.talk') ?? '')
      void audio.play().catch(() => {})
    })
  }

  async useSink(id: string): Promise<void> {
    try {
      await (this.#audio as { setSinkId?: (id: string) => Promise<void> } | null)?.setSinkId?.(id)
    } catch {
      // the device is gone, and the default one is used
    }
  }

  /** answer takes the ringing call, or the one that is about to ring. */
  answer(): void {
    if (!this.#session || this.call !== 'ringing') {
      this.awaited = true
      return
    }
    this.awaited = false
    this.call = 'answering'
    const microphone = kept.get('source.talk')
    const audio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
    if (microphone) audio.deviceId = { ideal: microphone }
    this.#session.answer({ mediaConstraints: { audio, video: false } as never, pcConfig: { iceServers: [] } })
  }

  /**
   * returns says that the talk has lost its phone, as this page was loaded again or had no network, and that it is called again: what is left here of
   * the connection of before is no use any more, and each call is answered at once, for the first may fail as well.
   */
  returns(is: boolean): void {
    this.#returning = is
    if (!is || this.#left) return
    if (this.call === 'talking') this.#terminate({ extraHeaders: [goneWithPage] })
    else if (this.call === 'ringing') this.answer()
  }

  /**
   * overSoon lets a talk end here that is over, and still so after a moment, where the exchange cannot say so: it knows the socket of before the
   * network was away.
   */
  overSoon(still: () => boolean): void {
    const session = this.#session
    if (session && this.call === 'talking') setTimeout(() => this.#session === session && still() && this.#terminate(), 2000)
  }

  /** reject turns a ringing call away as busy. */
  reject(): void {
    this.awaited = false
    if (this.call === 'ringing') this.#terminate({ status_code: 486 })
  }

  /** hangUp says whether there was a call to end. */
  hangUp(): boolean {
    this.awaited = this.#returning = false
    if (!this.#session) return false
    this.#terminate(this.call === 'talking' ? undefined : { status_code: 486 })
    return true
  }

  #terminate(how?: { status_code?: number; extraHeaders?: string[] }): void {
    try {
      this.#session?.terminate(how)
    } catch {
      // it ended in the same instant
    }
  }

  toggleMute(): void {
    if (this.call !== 'talking') return
    this.muted = !this.muted
    if (this.muted) this.#session?.mute({ audio: true })
    else this.#session?.unmute({ audio: true })
  }
}
