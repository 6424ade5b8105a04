/**
 * This browser's memory: what a person has chosen here stays (language, theme, keys, devices), and what a tab keeps of a shift
 * (a draft, the call on the desk) is one person's, and ends with their sign-in.
 */

type Where = 'local' | 'tab'

const store = (where: Where) => (where === 'local' ? localStorage : sessionStorage)

/** kept reads and writes this browser's memory, which may be switched off. */
export const kept = {
  get(key: string, where: Where = 'local'): string | null {
    try {
      return store(where).getItem('hotline.' + key)
    } catch {
      return null
    }
  },
  set(key: string, value: string | null, where: Where = 'local'): void {
    try {
      if (value === null) store(where).removeItem('hotline.' + key)
      else store(where).setItem('hotline.' + key, value)
    } catch {
      // the page works without
    }
  },
}

/** keepFor makes the tab's memory this person's: what is there of another goes. */
export function keepFor(person: string): void {
  if (kept.get('person', 'tab') !== person) forgetTab()
  kept.set('person', person, 'tab')
}

/**
 * forgetTab takes everything of a sign-in out of the tab's memory. But where it ended without the person's will, what they had typed
 * waits for them, and for nobody else.
 */
export function forgetTab(but: 'nothing' | 'draft' = 'nothing'): void {
  try {
    for (const key of Object.keys(sessionStorage)) {
      if (!key.startsWith('hotline.')) continue
      if (but === 'draft' && ['hotline.draft', 'hotline.unsaved', 'hotline.person'].includes(key)) continue
      sessionStorage.removeItem(key)
    }
  } catch {
    // there is none
  }
}
