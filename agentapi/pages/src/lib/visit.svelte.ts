/** Who is signed in, and which page is shown. */

import { tick } from 'svelte'
import { api } from './api.ts'
import { forgetTab, keepFor } from './kept.ts'
import { settings } from './settings.svelte.ts'
import { Failure, type Account } from './wire.ts'

let account = $state.raw<Account | null>(null)
let path = $state(location.pathname)
let query = $state(location.search)
let known = $state(false)
let failure = $state.raw<unknown>(null)
let stayed = $state.raw<unknown>(null)
let leaving: () => void = () => {}

addEventListener('popstate', () => ((path = location.pathname), (query = location.search)))

/** hasDesk says whether this account opens a desk. */
export const hasDesk = (a: Account) => a.role === 'agent' || Boolean(a.agent)

/** oversees says whether this account may have all that a supervisor may. */
export const oversees = (a: Account) => a.role === 'supervisor' || a.role === 'administrator'

/** home is where an account belongs. */
export const home = (a: Account) => (a.role === 'agent' ? '/desk' : a.role === 'department' ? '/tickets' : '/wall')

/** ticketOf is the number in the address of a ticket's page, or null. */
export const ticketOf = (path: string) => /^\/tickets\/(\d{1,20})$/.exec(path)?.[1] ?? null

/** customerOf is the id in the address of a customer's page, or null. */
export const customerOf = (path: string) => /^\/customers\/([0-9a-f-]{36})$/i.exec(path)?.[1] ?? null

/** callOf is the id in the address of a call's page, or null. */
export const callOf = (path: string) => {
  const id = /^\/calls\/([^/]{1,200})$/.exec(path)?.[1]
  try {
    return id ? decodeURIComponent(id) : null
  } catch {
    return null
  }
}

/** isFor says whether an account has the page at an address. */
export const isFor = (a: Account, path: string) => (path === '/desk' ? hasDesk(a) : path === '/hooks' ? oversees(a) : path === '/wall' || path === '/tickets' || path === '/reports' || path === '/history' || path === '/adherence' || path === '/voicemails' || (path === '/scores' && (hasDesk(a) || oversees(a))) || path === '/calls' || callOf(path) !== null || ticketOf(path) !== null || path === '/customers' || customerOf(path) !== null)

export const visit = {
  get account(): Account | null {
    return account
  },
  get path(): string {
    return path
  },
  /** What stands after the path: "?list=mine", or "". */
  get query(): string {
    return query
  },
  /** Whether the server has said who is signed in. */
  get known(): boolean {
    return known
  },
  get failure(): unknown {
    return failure
  },
  /** Why the visitor is signed in still, who wanted to sign out. */
  get stayed(): unknown {
    return stayed
  },
  /** go shows another page; in place of this one in the browser's history where it only shows more of the same. */
  go(to: string, how: 'push' | 'replace' = 'push'): void {
    if (to !== location.pathname + location.search) history[how === 'push' ? 'pushState' : 'replaceState'](null, '', to)
    ;[path, query] = [location.pathname, location.search]
  },
  /** look asks the server who is signed in. */
  async look(): Promise<void> {
    failure = null
    try {
      enter(await api.account())
    } catch (e) {
      if (e instanceof Failure && e.problem.status === 401) account = null
      else failure = e
    }
    known = true
  },
  async signIn(login: string, password: string, code?: string): Promise<void> {
    const entered = enter(await patiently(() => api.signIn(login, password, code)))
    visit.go(isFor(entered, path) ? path + query : home(entered))
  },
  /**
   * signOut leaves only when the server has ended the sign-in: until then whoever comes to this browser is this person. What is to be forgotten
   * with it is forgotten then, also where only a second try went through.
   */
  async signOut(forget: () => void = () => {}): Promise<void> {
    stayed = null
    leaving = forget
    try {
      await api.signOut()
    } catch (e) {
      if (!(e instanceof Failure && e.problem.status === 401)) {
        stayed = e
        return
      }
    }
    forgetTab()
    account = null
    visit.go('/')
    await tick() // the pages are gone, and have kept what was typed last
    leaving()
    leaving = () => {}
  },
  /** signOutAgain is a second try. */
  signOutAgain: (): Promise<void> => visit.signOut(leaving),
  /** lost is what the stream says when the sign-in has ended. */
  lost(): void {
    forgetTab('draft')
    account = null
  },
}

function enter(who: Account): Account {
  keepFor(who.id)
  stayed = null
  account = who
  settings.suggest(who.language)
  return who
}

/** patiently asks again where the server was too busy with others who sign in. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (e) {
      if (tries === 3 || !(e instanceof Failure) || e.problem.code !== 'too_many_attempts') throw e
    }
  }
}
