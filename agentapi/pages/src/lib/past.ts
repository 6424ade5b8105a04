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

/** What an event brings of a wall: what has changed. What is absent is as it was; queues and agents under their own names are all of them. */
export type WallChanges = Partial<Omit<Wall, 'line'>> & { line?: Partial<Wall['line']>; changed_queues?: Wall['queues']; changed_agents?: Wall['agents'] }

/** changed is the wall with an event's changes over it. What has not changed stays the same object. */
export function changed(before: Wall, { changed_queues, changed_agents, line, ...parts }: WallChanges): Wall {
  const wall = { ...before, ...parts, line: { ...before.line, ...line } }
  if (changed_queues?.length) wall.queues = over(wall.queues, onto(before, { queues: changed_queues } as Wall).queues)
  if (changed_agents?.length) wall.agents = over(wall.agents, changed_agents)
  return wall
}

function over<T extends { id: string }>(all: T[] | null, some: T[] | null): T[] {
  const fresh = new Map((some ?? []).map((one) => [one.id, one]))
  return (all ?? []).map((one) => fresh.get(one.id) ?? one)
}
