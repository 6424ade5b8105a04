import type { Wall } from '../lib/wire.ts'

/** Somebody in a talk besides the agent of a tile. */
export interface Present { who?: string; number?: string; since: string }

/** What there is of an agent's talk besides a caller: whom they ask, who is a guest in it; or whose talk it is in which they are asked, or a guest. */
export interface Gathering { asks: (Present & { rings: boolean }) | null; guests: Present[]; of: Present | null }

/** gathering is that of an agent; null is none. */
export function gathering(wall: Wall, agent: string): Gathering | null {
  const mine = wall.talks?.find((g) => g.agent === agent)
  if (mine) return { asks: mine.asked ? { ...mine.asked, rings: mine.asked.state === 'rings' } : null, guests: mine.guests ?? [], of: null }
  for (const g of wall.talks ?? []) {
    const there = [g.asked, ...(g.guests ?? [])].find((x) => x && !x.number && x.id === agent)
    if (there) return { asks: null, guests: [], of: { who: g.name, since: there.since } }
  }
  return null
}
