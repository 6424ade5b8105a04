/** The ring and the test signal, made here: no sound files. Owns the page's one AudioContext. */

import { kept } from './kept.ts'

type Sinkable = { setSinkId?: (id: string) => Promise<void> }

let context: AudioContext | null = null
let ringing: { stop: () => void } | null = null

function tone(c: AudioContext, frequency: number, from: number, length: number, loud: number): OscillatorNode {
  const oscillator = c.createOscillator()
  const gain = c.createGain()
  oscillator.frequency.value = frequency
  gain.gain.setValueAtTime(0, from)
  gain.gain.linearRampToValueAtTime(loud, from + 0.02)
  gain.gain.setValueAtTime(loud, from + length - 0.08)
  gain.gain.linearRampToValueAtTime(0, from + length)
  oscillator.connect(gain).connect(c.destination)
  oscillator.start(from)
  oscillator.stop(from + length + 0.05)
  return oscillator
}

export const sounds = {
  /** unlock must be called from a click: browsers keep a page silent until then. */
  async unlock(): Promise<void> {
    context ??= new AudioContext()
    await sounds.useSink(kept.get('sink.ring') ?? '')
    await context.resume()
  },
  /** locked says whether a ring would be heard. */
  get locked(): boolean {
    return context?.state !== 'running'
  },
  /** tryUnlock succeeds after a reload where the browser still trusts the page. */
  async tryUnlock(): Promise<void> {
    const resumed = sounds.unlock()
    await Promise.race([resumed.catch(() => {}), new Promise((r) => setTimeout(r, 400))])
  },
  async useSink(id: string): Promise<void> {
    try {
      await (context as Sinkable | null)?.setSinkId?.(id)
    } catch {
      // the device is gone: the default one serves
    }
  },
  /** beep is the short signal of the shift's start. */
  beep(): void {
    if (!context) return
    const now = context.currentTime + 0.02
    tone(context, 587, now, 0.16, 0.2)
    tone(context, 784, now + 0.17, 0.26, 0.2)
  },
  /** alarm is three falling notes, like no ring. */
  alarm(): void {
    if (!context) return
    const now = context.currentTime + 0.02
    for (const [i, note] of [988, 784, 622].entries()) tone(context, note, now + i * 0.18, 0.17, 0.25)
  },
  /** ring sounds until stopped: a second of two notes, two seconds of silence. */
  ring(on: boolean): void {
    if (!on) {
      ringing?.stop()
      ringing = null
      return
    }
    if (ringing || !context) return
    const c = context
    let playing: OscillatorNode[] = []
    const once = () => {
      const now = c.currentTime + 0.02
      playing = [0, 0.25, 0.5, 0.75].flatMap((at, i) => [
        tone(c, i % 2 ? 659 : 523, now + at, 0.24, 0.22),
        tone(c, i % 2 ? 1318 : 1046, now + at, 0.24, 0.05),
      ])
    }
    once()
    const timer = setInterval(once, 3000)
    ringing = {
      stop: () => {
        clearInterval(timer)
        for (const o of playing) o.stop()
      },
    }
  },
}
