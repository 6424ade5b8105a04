/** How a figure is judged on the wall: with hysteresis, so that a number on the border does not blink. */

export type Level = 'good' | 'warn' | 'bad'

const rank: Record<Level, number> = { good: 0, warn: 1, bad: 2 }

export interface Bounds {
  /** Where warn begins, and where bad begins. `bad > warn` for figures where more is worse, `bad < warn` where less is. */
  warn: number
  bad: number
  /** How far beyond a bound the figure must come back before it is judged better again. */
  margin: number
}

/** A wait: amber over `within` (the queue's target, 20 s by default), red over six times that (120 s). In seconds. */
export const waitBounds = (within = 20): Bounds => ({ warn: within, bad: within * 6, margin: within * 0.15 })

/** A service level, 0..1: green from the target (0.8) on, amber to 0.2 below it, red under that. */
export const levelBounds = (share = 0.8): Bounds => ({ warn: share, bad: Math.round((share - 0.2) * 1e6) / 1e6, margin: 0.02 })

/** judge looks at the figure alone. */
export function judge(value: number, b: Bounds): Level {
  const more = b.bad > b.warn
  const beyond = (bound: number) => (more ? value > bound : value < bound)
  return beyond(b.bad) ? 'bad' : beyond(b.warn) ? 'warn' : 'good'
}

/**
 * A Judge remembers its last word. Worse is said at once; better only when the figure has come back by the
 * margin, and not before `dwell` milliseconds have passed since the last change: people must be able to read it.
 */
export class Judge {
  #level: Level | null = null
  #since = 0

  constructor(readonly dwell = 3000) {}

  judge(value: number | null, b: Bounds, now: number): Level | null {
    if (value === null) {
      this.#level = null
      return null
    }
    const plain = judge(value, b)
    if (this.#level === null || rank[plain] > rank[this.#level]) return this.#say(plain, now)
    if (rank[plain] < rank[this.#level] && now - this.#since >= this.dwell) {
      const sign = b.bad > b.warn ? 1 : -1
      const cautious = judge(value + sign * b.margin, b)
      if (rank[cautious] < rank[this.#level]) return this.#say(cautious, now)
    }
    return this.#level
  }

  #say(level: Level, now: number): Level {
    this.#level = level
    this.#since = now
    return level
  }
}
