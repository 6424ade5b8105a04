/**
 * Departments, their people, topics, vendors and templates: read once, and again by whoever opens a page long after. And the names of customers that
 * have been seen in this tab: nothing is asked for their sake, for whoever looks at a customer is written down.
 */

import { plain } from '../lib/format.ts'
import { coded, named, settings } from '../lib/settings.svelte.ts'
import { Failure, type Named } from '../lib/wire.ts'
import { server } from './server.ts'
import type { Department, Template, Topic, VendorChoice } from './wire.ts'

let departments = $state.raw<Department[]>([])
let topics = $state.raw<Topic[]>([])
let vendors = $state.raw<VendorChoice[]>([])
let answers = $state.raw<Template[]>([])
let readAt = 0
let customers = $state.raw<ReadonlyMap<string, string>>(new Map())

/** called is a name as it came: in the page's language, or a plain one. */
export const called = (name: Named | string | undefined, fallback: string, language?: 'ru' | 'en'): string => (typeof name === 'string' ? name : ((language && name?.[language]) || named(name))) || fallback

const people = $derived(new Map(departments.flatMap((d) => (d.people ?? []).map((p) => [p.id, p.name ?? p.id] as const))))

export const directory = {
  get departments(): Department[] {
    return departments
  },
  get topics(): Topic[] {
    return topics
  },
  get vendors(): VendorChoice[] {
    return vendors
  },
  get answers(): Template[] {
    return answers
  },
  department: (id: string | undefined, name?: Named | string): string =>
    called(name, '') || called(departments.find((d) => d.id === id)?.name, coded(settings.t.topics, id)),
  topic: (id: string | undefined, name?: Named | string): string => called(name, '') || called(topics.find((t) => t.id === id)?.name, coded(settings.t.topics, id)),
  vendor: (id: string | undefined): string => called(vendors.find((v) => v.id === id)?.name, id ?? ''),
  /** customer is a customer's name, where it has been seen in this tab. */
  customer: (id: string | undefined, name?: string): string => plain(name) || customers.get(id ?? '') || (id ? settings.t.tickets.other_customer : ''),
  /** know takes the names of customers that a page has come to see. */
  know(seen: ({ id: string; name?: string } | null | undefined)[]): void {
    const fresh = seen.filter((c) => c?.name && customers.get(c.id) !== c.name)
    if (fresh.length) customers = new Map([...customers, ...fresh.map((c) => [c!.id, plain(c!.name)] as const)])
  },
  forget(): void {
    customers = new Map()
  },
  person: (id: string | undefined, name?: string): string => plain(name) || people.get(id ?? '') || (id ?? ''),
  /** owner is whose a ticket is: a person, or a department as a whole. */
  owner: (t: { owner?: string; owner_kind?: string; owner_name?: string; department?: string; department_name?: Named | string }): string =>
    t.owner_kind === 'person' ? directory.person(t.owner, t.owner_name) : directory.department(t.owner, t.owner === t.department ? t.department_name : undefined),
  /** read asks for all of it. What this server does not have stays empty. */
  async read(now = Date.now()): Promise<void> {
    if (now - readAt < 10 * 60_000) return
    readAt = now
    const all = await Promise.all([some(server.departments), some(server.topics), some(server.vendors), some(server.answers)])
    departments = all[0] ?? departments
    topics = all[1] ?? topics
    vendors = all[2] ?? vendors
    answers = all[3] ?? answers
    if (all.some((a) => a === null)) readAt = now - 9 * 60_000 // again in a minute
  },
}

/** some is null where the server did not answer in time, and empty where it has nothing of the kind. */
async function some<T>(asked: () => Promise<T[]>): Promise<T[] | null> {
  try {
    return await asked()
  } catch (e) {
    const status = e instanceof Failure ? (e.problem.status ?? 500) : 500
    return status < 500 && status !== 429 ? [] : null
  }
}
