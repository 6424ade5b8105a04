/** What comes over REST about recordings, and what is reckoned from it: where it is silent, how it is drawn, and where a link leads. Pure but for the server. */

import { ask } from '../lib/api.ts'
import type { Named } from '../lib/wire.ts'

export interface Recording {
  id: string
  kind: 'talk' | 'message'
  call: string
  ticket: string
  queue: string
  queue_name?: Named
  at: string
  length_s: number
  agents: { id: string; name: string; from_s: number; until_s: number | null }[]
  pauses: { from_s: number; to_s: number; why: string }[]
  why: string
  held: { at: string; by: string; why: string } | null
}
export interface Waveform { step_s: number; left: string; right: string }
export interface Peaks { step: number; left: Uint8Array; right: Uint8Array }

const path = (id: string) => `/recordings/${encodeURIComponent(id)}`

export const server = {
  of: (about: { call?: string; ticket?: string }) => ask<{ items: Recording[]; next_cursor: string }>('GET', `/recordings?${new URLSearchParams({ ...about, limit: '200' })}`),
  one: (id: string) => ask<Recording>('GET', path(id)),
  waveform: async (id: string): Promise<Peaks> => readWaveform(await ask<Waveform>('GET', path(id) + '/waveform')),
  sound: (id: string) => '/api/v1' + path(id) + '/sound',
  file: (id: string) => '/api/v1' + path(id) + '/file',
  hold: (id: string, why: string) => ask<Recording>('PUT', path(id) + '/hold', { why }),
  release: (id: string) => ask<Recording>('DELETE', path(id) + '/hold'),
  remove: (id: string, why: string) => ask<unknown>('DELETE', path(id) + '?' + new URLSearchParams({ why })),
}

const bytes = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
export const readWaveform = (w: Waveform): Peaks => ({ step: w.step_s, left: bytes(w.left), right: bytes(w.right) })

/** What is no louder than this, of 255, is silence: a quiet line hums. */
const quiet = 2

/** silences are the stretches, in seconds, of at least so many in which neither side is heard. */
export function silences(p: Peaks, least = 1.5): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = []
  let since = -1
  for (let i = 0; i <= p.left.length; i++) {
    const silent = i < p.left.length && p.left[i]! <= quiet && (p.right[i] ?? 0) <= quiet
    if (silent && since < 0) since = i
    if (!silent && since >= 0) {
      if ((i - since) * p.step >= least) found.push({ from: since * p.step, to: i * p.step })
      since = -1
    }
  }
  return found
}

/** skip is where to go on from a place where nothing is to be heard for a while; null: go on as it is. A little before somebody speaks, so that no word begins cut. */
export function skip(at: number, all: { from: number; to: number }[]): number | null {
  const s = all.find((x) => at >= x.from + 0.3 && at < x.to - 0.5)
  return s ? s.to - 0.3 : null
}

/** outline is the shape of one side in so many columns: a path around the middle line, loud is high. Quiet voices are seen, too. */
export function outline(side: Uint8Array, columns: number, width: number, height: number): string {
  if (!side.length || columns < 1) return ''
  const top: string[] = []
  const bottom: string[] = []
  for (let c = 0; c < columns; c++) {
    const [from, to] = [Math.floor((c * side.length) / columns), Math.max(Math.floor(((c + 1) * side.length) / columns), Math.floor((c * side.length) / columns) + 1)]
    let loud = 0
    for (let i = from; i < to && i < side.length; i++) loud = Math.max(loud, side[i]!)
    const h = Math.max(0.5, (Math.sqrt(loud / 255) * height) / 2)
    const x = ((c + 0.5) * width) / columns
    top.push(`${x.toFixed(1)} ${(height / 2 - h).toFixed(1)}`)
    bottom.unshift(`${x.toFixed(1)} ${(height / 2 + h).toFixed(1)}`)
  }
  return `M${top.join('L')}L${bottom.join('L')}Z`
}

/** place is where the end of an address leads: "#t=83", or "#r=ID&t=1:23" where there are several recordings. */
export function place(hash: string): { recording: string; at: number } | null {
  const p = new URLSearchParams(hash.replace(/^#/, ''))
  const t = p.get('t')
  if (t === null || !/^\d{1,5}(\.\d+)?$|^(\d{1,2}:)?\d{1,3}:\d{1,2}$/.test(t)) return null
  return { recording: p.get('r') ?? '', at: t.split(':').reduce((s, part) => s * 60 + Number(part), 0) }
}

export const link = (recording: string, at: number) => `#r=${encodeURIComponent(recording)}&t=${Math.floor(at)}`

export const speeds = [0.5, 0.75, 1, 1.25, 1.5, 2, 3]
