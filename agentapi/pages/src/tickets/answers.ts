/** Prepared answers: which of them suit a ticket, and how their open places are filled in. Pure. */

import type { Part, Template, Topic } from './wire.ts'

/** forTopic are those for all topics, for this one, and for those that it is a kind of. */
export function forTopic(all: Template[], topics: Topic[], topic: string): Template[] {
  const parents = new Map(topics.map((t) => [t.id, t.parent]))
  const above = new Set<string>()
  for (let t: string | undefined = topic; t && !above.has(t); t = parents.get(t)) above.add(t)
  return all.filter((a) => !a.topics?.length || a.topics.some((t) => above.has(t)))
}

// What a template's text leaves open, as {customer_name}.
const place = /\{(\w{1,40})\}/g

/** fillIn puts values into the places of a template. A place for which nothing is known stays, so that its writer sees it. */
export function fillIn(text: string, values: Record<string, string | undefined>): string {
  return text.replace(place, (whole, name: string) => (Object.hasOwn(values, name) && values[name]) || whole)
}

/** fromParts is one answer put together from those that the parts were given since the customer was answered last, as the server does where none is written. */
export function fromParts(parts: Part[], solvedAt: string | null | undefined): string {
  const since = solvedAt ? Date.parse(solvedAt) : -Infinity
  return parts.filter((p) => p.state === 'answered' && p.answer && Date.parse(p.done_at ?? '') >= since).map((p) => `${p.what}\n${p.answer}`).join('\n\n')
}
