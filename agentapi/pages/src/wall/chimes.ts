/** When alarms sound. */

import type { Alarm, Wall } from '../lib/wire.ts'

/** alarmKey is the same for an alarm that goes on, also where a restart has given it another id. */
export const alarmKey = (a: Pick<Alarm, 'rule' | 'queue' | 'department'>) => [a.rule, a.queue, a.department].join('|')

type Sounding = Pick<Alarm, 'rule' | 'queue' | 'department' | 'sound' | 'acknowledged_by'>

/** helpSounds are calls for a supervisor as what sounds until somebody has come. */
export const helpSounds = (helps: Wall['helps']): Sounding[] => (helps ?? []).map((h) => ({ rule: 'help', queue: h.call, sound: 'repeat', acknowledged_by: h.by }))

/** How often an alarm that repeats sounds, ms. */
export const repeats = 10_000

/** Chimes knows which alarms have sounded. */
export class Chimes {
  #heard = new Map<string, number>() // when each sounded last

  /** due says whether something is to be heard now. What was silenced is not; what is over is forgotten, and sounds when it comes again. */
  due(alarms: Sounding[], silenced: ReadonlySet<string>, now: number): boolean {
    const keys = new Set(alarms.map(alarmKey))
    for (const key of this.#heard.keys()) if (!keys.has(key)) this.#heard.delete(key)
    let sounds = false
    for (const a of alarms) {
      const key = alarmKey(a)
      const last = this.#heard.get(key)
      const again = a.sound === 'repeat' && !a.acknowledged_by && !silenced.has(key) && last !== undefined && now - last >= repeats
      if (last !== undefined && !again) continue
      this.#heard.set(key, now)
      sounds ||= again || (a.sound !== 'none' && !a.acknowledged_by && !silenced.has(key))
    }
    return sounds
  }
}
