/**
 * The supervisor's part in a call. The phone of their seat is on this page while they are at one: it registers before the exchange is
 * asked to call it, answers by itself, and leaves with the call.
 */

import { api } from '../lib/api.ts'
import { Phone } from '../lib/phone.svelte.ts'
import { problemText } from '../lib/settings.svelte.ts'
import { visit } from '../lib/visit.svelte.ts'
import type { Manner, Overseer, Wall } from '../lib/wire.ts'

const registersWithin = 8000

class Oversight {
  busy = $state(false)
  problem = $state('')
  rings = $state(false) // a phone beside the page
  #phone: Phone | null = null

  /** mine is where this supervisor is; null is nowhere. */
  mine(wall: Wall): Overseer | null {
    const self = visit.account?.agent
    return wall.overseers?.find((o) => o.id === self) ?? null
  }

  listen = (agent: string, manner: Manner) => this.#take(() => api.oversee(agent, manner))
  change = (call: string, manner: Manner) => this.#take(() => api.overseeCall(call, manner))

  async stop(): Promise<void> {
    await this.#doing(() => api.leaveOversight())
    this.leave()
  }

  /** leave takes the phone off the exchange; a call that it is still in ends. */
  leave(): void {
    this.#phone?.hangUp()
    this.#phone?.stop()
    this.#phone = null
  }

  async #take(ask: () => Promise<void>): Promise<void> {
    await this.#doing(async () => {
      if (visit.account?.seat) await this.#register()
      else this.rings = true
      if (this.#phone && this.#phone.call === 'none') this.#phone.awaited = true
      try {
        await ask()
      } finally {
        this.rings = false
        if (this.#phone) this.#phone.awaited = false
      }
    })
  }

  async #register(): Promise<void> {
    if (this.#phone?.registration === 'registered') return
    this.#phone ??= new Phone(() => api.phone())
    await this.#phone.start()
    for (const until = Date.now() + registersWithin; this.#phone.registration !== 'registered' && Date.now() < until; ) await new Promise((r) => setTimeout(r, 50))
  }

  async #doing(what: () => Promise<void>): Promise<void> {
    if (this.busy) return
    this.busy = true
    this.problem = ''
    try {
      await what()
    } catch (e) {
      this.problem = problemText(e)
    } finally {
      this.busy = false
    }
  }
}

export const oversight = new Oversight()
