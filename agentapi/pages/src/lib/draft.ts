/** What the agent has typed about a call and the server has not yet taken. Kept in the tab, so that a reload loses nothing. */

import type { Standing } from './outcome.ts'

export interface Draft {
  call: string
  /** The ticket that the call is about, by its number. */
  ticket?: string
  subject: string
  /** The subject was written, and is not in the ticket yet. */
  wrote?: boolean
  /** The ticket's subject as this agent saw it last, in whose place they write theirs. */
  saw?: string
  /** What of topic, class and priority was chosen and is not in the ticket yet. */
  about?: Partial<Record<AboutField, string>>
  /** The version of the ticket that was before the agent as they began to write its subject or to choose. */
  base?: number
  /** Where the ticket is handed over to, by the department's id; '' is the topic's. */
  department?: string
  /** How the ticket stood when this agent saw it first in the call. */
  was?: Standing
  /** And how when they saw it last. */
  seen?: Standing
  /** Whether the ticket stays as it was set during the call: fixed where a wrap-up could not be sent. */
  stays?: boolean
  note: string
  disposition: string
  /** When the ticket that stays open is looked at next, as <input type="datetime-local"> has it; '' is the server's default. */
  next: string
  /** When it was last touched, by the page's clock. */
  touched: number
}

/** AboutField is what of a ticket's description is chosen, beside its subject. */
export type AboutField = 'topic' | 'class' | 'priority'

export const blank = (call: string, subject = ''): Draft => ({ call, subject, saw: subject, note: '', disposition: '', next: '', touched: 0 })

/** describes says whether something of the ticket's description was written or chosen that is not in the ticket yet. */
export const describes = (d: Draft) => Boolean((d.wrote && d.subject.trim()) || Object.keys(d.about ?? {}).length)

/** dirty says whether anything would be lost. */
export const dirty = (d: Draft) => Boolean(d.note.trim() || d.disposition || describes(d))

/**
 * goesAlong says whether the subject goes with the wrap-up: only while the ticket is, as far as is known, as the agent saw it when they began to write. Any
 * other is described afterwards, for that version: the agent says then whose subject counts. One that a colleague writes in that very moment the server keeps.
 */
export const goesAlong = (d: Draft, version: number | undefined) => Boolean(d.wrote) && (d.base === undefined || d.base === version)

/** What an unfinished wrap-up is filed as with its note: the ticket stays as it is. */
export const undisposed = ''

/** The longest texts that the server takes, in characters, as it counts them: an emoji of one code point is one. */
export const longest = { note: 4000, subject: 200, transfer_note: 300, help: 150 }

/** over is how many characters a text has too many, without the blanks at its ends, which are not kept. */
export const over = (text: string, most: number): number => Math.max(0, [...text.trim().replace(/\r\n?/g, '\n')].length - most)

/** nextAt is the date that goes to the server; none where the agent left it to the default, or where it has passed while the note lay unsent. */
export function nextAt(d: Draft, closes: boolean, unsent = false, now = 0): string | undefined {
  const next = closes || !d.next ? NaN : Date.parse(d.next)
  if (Number.isNaN(next) || (unsent && next < now)) return undefined
  return new Date(next).toISOString()
}

/** wrapUpOf is the command that files a draft. Of what was not sent in time a date that has passed is left to the server. */
export function wrapUpOf(d: Draft, o: { closing: (disposition: string) => boolean; late?: boolean; now?: number }): Record<string, unknown> {
  const disposition = d.disposition || undisposed
  const subject = d.wrote ? d.subject.trim() : ''
  const closes = disposition === undisposed || o.closing(disposition)
  const next = nextAt(d, closes, o.late, o.now)
  const stays = !closes && (d.stays ?? false)
  return {
    call: d.call,
    disposition,
    note: d.note.trim(),
    ...(subject && { subject, ...(d.saw !== undefined && { subject_seen: d.saw }) }),
    ...(next && { next_at: next }),
    ...(stays && { stays }),
    ...(!closes && !stays && d.department && { department: d.department }),
  }
}

/** quick are the dates that one click sets: in two hours, tomorrow at ten, in three days at ten. */
export function quick(now: number): { in2h: string; tomorrow: string; in3d: string } {
  const at = (days: number) => {
    const d = new Date(now)
    d.setDate(d.getDate() + days)
    d.setHours(10, 0, 0, 0)
    return localInput(d)
  }
  return { in2h: localInput(new Date(Math.ceil((now + 2 * 3_600_000) / 300_000) * 300_000)), tomorrow: at(1), in3d: at(3) }
}

/** localInput writes a moment as <input type="datetime-local"> wants it. */
export function localInput(d: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`
}

export interface Clock {
  until: number
  now: number
}

/**
 * lastMoment decides what a page does as the wrap-up's clock runs out: an agent who is still typing gets more
 * time; what lies written is sent before the clock does it without.
 */
export function lastMoment(d: Draft, c: Clock): 'wait' | 'extend' | 'finish' {
  const left = c.until - c.now
  if (left > 5000 || left < -5000) return 'wait'
  if (d.touched && c.now - d.touched < 8000) return 'extend'
  return left <= 1500 && dirty(d) ? 'finish' : 'wait'
}

/** readDraft is the draft that is kept, where it is of this call, or of any where none is named. */
export function readDraft(stored: string | null, call?: string): Draft | null {
  try {
    const d = JSON.parse(stored ?? 'null') as Draft | null
    return d && typeof d.call === 'string' && (call === undefined || d.call === call) && typeof d.note === 'string' ? { ...blank(d.call), saw: undefined, ...d } : null
  } catch {
    return null
  }
}
