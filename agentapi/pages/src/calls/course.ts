/** How a call's course is drawn: the caller in one lane, and each agent in one of their own. Pure. */

import type { Step, StepKind } from './wire.ts'

export interface Bar { kind: StepKind; from: number; to: number; step: Step }
export interface Lane { /** '' is the caller's. */ agent: string; name: string; bars: Bar[]; marks: { at: number; step: Step }[] }

const callers: StepKind[] = ['flow', 'queue', 'talk', 'hold']
const moments: StepKind[] = ['decided', 'survey', 'message', 'lost', 'restart']

/** Where the lanes begin beside their names, and what is left free behind them. */
export const leftOf = (width: number): number => Math.min(170, Math.max(84, width * 0.2))
export const rightMargin = 14

/** Part is a time of which alone a course is drawn, in milliseconds of the epoch. */
export interface Part { from: number; to: number }

/** lanes lays steps out in milliseconds from the call's beginning, or from that of a part; what lasts ends now. */
export function lanes(all: Step[], now: number, part?: Part): { lanes: Lane[]; length: number } {
  const ends = (s: Step) => (s.until ? Date.parse(s.until) : s.lasts ? Math.max(now, Date.parse(s.at)) : Date.parse(s.at))
  const within = (s: Step) => !part || (Date.parse(s.at) < part.to && (moments.includes(s.kind) ? Date.parse(s.at) >= part.from : ends(s) > part.from))
  const steps = all.filter(within)
  const begin = part ? part.from : Math.min(...steps.map((s) => Date.parse(s.at)))
  const end = (s: Step) => Math.min(ends(s), part?.to ?? Infinity)
  const caller: Lane = { agent: '', name: '', bars: [], marks: [] }
  const agents = new Map<string, Lane>()
  for (const step of steps) {
    const [from, to] = [Math.max(Date.parse(step.at), part?.from ?? 0) - begin, end(step) - begin]
    if (moments.includes(step.kind)) caller.marks.push({ at: from, step })
    else if (callers.includes(step.kind)) caller.bars.push({ kind: step.kind, from, to, step })
    if (step.agent && ['ring', 'talk', 'hold', 'consult', 'help', 'wrap_up'].includes(step.kind)) {
      const lane = agents.get(step.agent.id) ?? { agent: step.agent.id, name: step.agent.name, bars: [], marks: [] }
      agents.set(step.agent.id, lane)
      lane.bars.push({ kind: step.kind, from, to, step })
    }
  }
  return { lanes: [caller, ...agents.values()], length: part ? Math.max(1000, part.to - part.from) : Math.max(1000, ...steps.map((s) => end(s) - begin)) }
}

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400]

/** ticks are the places of an axis that are named, so many at most. */
export function ticks(length: number, most: number): number[] {
  const seconds = length / 1000
  const step = steps.find((s) => seconds / s <= Math.max(1, most)) ?? 86_400 * Math.ceil(seconds / 86_400 / Math.max(1, most))
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => i * step * 1000)
}
