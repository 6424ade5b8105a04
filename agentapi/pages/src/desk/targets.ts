import { plain } from '../lib/format.ts'
import type { Named, Targets } from '../lib/wire.ts'

type Queue = NonNullable<Targets['queues']>[number]
type Agent = NonNullable<Targets['agents']>[number]

const holds = (text: string, sought: string) => plain(text).toLocaleLowerCase().includes(sought)
const anyName = (name: Named | undefined | null) => Object.values(name ?? {}).join(' ')

/** sought are the queues and colleagues whose name, department or extension is what somebody types; a name in either language. */
export function sought(targets: Targets, text: string): { queues: Queue[]; agents: Agent[] } {
  const s = text.trim().toLocaleLowerCase()
  const begins = (extension?: string) => Boolean(extension?.startsWith(s))
  return {
    queues: (targets.queues ?? []).filter((q) => begins(q.extension) || holds(`${anyName(q.name)} ${q.id} ${anyName(q.department?.name)} ${q.department?.id ?? ''}`, s)),
    agents: (targets.agents ?? []).filter((a) => begins(a.extension) || holds(a.name, s) || (a.departments ?? []).some((d) => holds(`${anyName(d.name)} ${d.id}`, s))),
  }
}

/** Whom an extension names: what to send them by, and whether that can be done now. */
export interface ByExtension { value: `queue:${string}` | `agent:${string}`; name: Named; can: boolean }

/** byExtension is whom somebody names who types a number; null is nobody, for it is a number outside. */
export function byExtension(targets: Targets | null, number: string): ByExtension | null {
  const typed = number.replace(/[\s-]/g, '')
  if (!typed) return null
  const q = targets?.queues?.find((q) => q.extension === typed)
  if (q) return { value: `queue:${q.id}`, name: q.name, can: !q.shut }
  const a = targets?.agents?.find((a) => a.extension === typed)
  return a ? { value: `agent:${a.id}`, name: { ru: a.name, en: a.name }, can: a.free } : null
}
