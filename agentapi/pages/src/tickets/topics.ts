/** Topics are a tree: kinds of kinds. Pure. */

import type { Topic } from './wire.ts'

/** tree is the topics in the order of their tree, each with its depth. One whose parent is unknown, or is part of a circle, stands at the top. */
export function tree(topics: Topic[]): { topic: Topic; depth: number }[] {
  const ids = new Set(topics.map((t) => t.id))
  const told: { topic: Topic; depth: number }[] = []
  const seen = new Set<string>()
  const tell = (topic: Topic, depth: number) => {
    if (seen.has(topic.id)) return
    seen.add(topic.id)
    told.push({ topic, depth })
    for (const t of topics) if (t.parent === topic.id) tell(t, depth + 1)
  }
  for (const t of topics) if (!t.parent || !ids.has(t.parent)) tell(t, 0)
  for (const t of topics) tell(t, 0)
  return told
}
