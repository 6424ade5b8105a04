import type { Wall } from './wire.ts'

/** onto is an event's wall with the histories that were known before it, of an hour each: an event brings their last minutes alone. */
export function onto(before: Wall | null, wall: Wall): Wall {
  const known = new Map((before?.queues ?? []).map((q) => [q.id, q.history ?? []]))
  return {
    ...wall,
    queues: (wall.queues ?? []).map((q) => {
      const fresh = q.history ?? []
      const first = fresh.length ? Date.parse(fresh[0]!.at) : Infinity
      return { ...q, history: [...(known.get(q.id) ?? []).filter((m) => Date.parse(m.at) < first), ...fresh].slice(-60) }
    }),
  }
}
