/** Who is signed in, and which page is shown. */

import { api } from './api.ts'
import { settings } from './settings.svelte.ts'
import { Failure, type Account } from './wire.ts'

let account = $state.raw<Account | null>(null)
let path = $state(location.pathname)
let known = $state(false)
let failure = $state.raw<unknown>(null)

addEventListener('popstate', () => (path = location.pathname))

/** hasDesk says whether this account opens a desk. */
export const hasDesk = (a: Account) => a.role === 'agent' || Boolean(a.agent)

/** home is where an account belongs. */
export const home = (a: Account) => (a.role === 'agent' ? '/desk' : '/wall')

export const visit = {
  get account(): Account | null {
    return account
  },
  get path(): string {
    return path
  },
  /** Whether the server has said who is signed in. */
  get known(): boolean {
    return known
  },
  get failure(): unknown {
    return failure
  },
  go(to: string): void {
    if (to !== location.pathname) history.pushState(null, '', to)
    path = to
  },
  /** look asks the server who is signed in. */
  async look(): Promise<void> {
    failure = null
    try {
      account = await api.account()
      settings.suggest(account.language)
    } catch (e) {
      if (e instanceof Failure && e.problem.status === 401) account = null
      else failure = e
    }
    known = true
  },
  async signIn(login: string, password: string): Promise<void> {
    account = await api.signIn(login, password)
    settings.suggest(account.language)
    const back = path === '/desk' && hasDesk(account) ? path : path === '/wall' ? path : home(account)
    visit.go(back)
  },
  async signOut(): Promise<void> {
    try {
      await api.signOut()
    } catch {
      // the cookie may be gone already: the visitor leaves all the same
    }
    account = null
    visit.go('/')
  },
  /** lost is what the stream says when the sign-in has ended. */
  lost(): void {
    account = null
  },
}
