/**
 * The ring and the test signal, made here: no sound files. Owns the page's one AudioContext. A browser keeps a page silent until something is pressed
 * on it, each time that it is loaded; what is to sound meanwhile is left out, and a ring that is still due begins with the press.
 */

import { kept } from './kept.ts'

type Sinkable = { setSinkId?: (id: string) => Promise<void> }

let context: AudioContext | null = null
let running = $state(false)
let ringing: { again: () => void; stop: () => void } | null = null

/** made is the context; from then on whatever is pressed lets it sound. */
function made(): AudioContext {
  if (context) return context
  const c = (context = new AudioContext())
  running = c.state === 'running'
  c.onstatechange = () => {
    running = c.state === 'running'
    if (running) ringing?.again()
  }
  for (const pressed of ['click', 'keydown']) addEventListener(pressed, () => !running && void c.resume().catch(() => {}))
  return c
}

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
    const c = made()
    await sounds.useSink(kept.get('sink.ring') ?? '')
    await c.resume()
    running = c.state === 'running' // its event comes later
  },
  /** locked says that a ring would not be heard. */
  get locked(): boolean {
    return !running
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
    if (!context || !running) return
    const now = context.currentTime + 0.02
    tone(context, 587, now, 0.16, 0.2)
    tone(context, 784, now + 0.17, 0.26, 0.2)
  },
  /** alarm is three falling notes, like no ring. */
  alarm(): void {
    if (!context || !running) return
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
    if (ringing) return
    let playing: OscillatorNode[] = []
    let next: ReturnType<typeof setTimeout> | undefined
    const once = () => {
      clearTimeout(next)
      next = setTimeout(once, 3000)
      if (!context || !running) return
      const c = context
      const now = c.currentTime + 0.02
      playing = [0, 0.25, 0.5, 0.75].flatMap((at, i) => [
        tone(c, i % 2 ? 659 : 523, now + at, 0.24, 0.22),
        tone(c, i % 2 ? 1318 : 1046, now + at, 0.24, 0.05),
      ])
    }
    once()
    ringing = {
      again: once,
      stop: () => {
        clearTimeout(next)
        for (const o of playing) o.stop()
      },
    }
  },
}
