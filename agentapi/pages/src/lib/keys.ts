/** The desk's keys: Ctrl+Shift and a physical key (event.code), so that a Cyrillic layout changes nothing. */

export const actions = ['accept', 'decline', 'hold', 'mute', 'record', 'state', 'next', 'previous', 'call', 'sign_out', 'transfer', 'swap', 'join', 'complete', 'take_back', 'supervisor'] as const
export type Action = (typeof actions)[number]
export type Keys = Record<Action, string>

export const defaults: Keys = {
  accept: 'KeyA',
  decline: 'KeyR',
  hold: 'KeyH',
  mute: 'KeyM',
  record: 'KeyZ',
  state: 'KeyS',
  next: 'KeyT',
  previous: 'KeyY',
  call: 'KeyC',
  sign_out: 'KeyL',
  transfer: 'KeyX',
  swap: 'KeyE',
  join: 'KeyJ',
  complete: 'KeyG',
  take_back: 'KeyB',
  supervisor: 'KeyF',
}

interface Pressed {
  code: string
  key?: string
  ctrlKey: boolean
  shiftKey: boolean
  altKey: boolean
  metaKey: boolean
  repeat: boolean
}

/** actionOf says what a press means, or null. While typing, everything is silent. */
export function actionOf(e: Pressed, typing: boolean, keys: Keys): Action | null {
  if (typing || e.repeat || !e.ctrlKey || !e.shiftKey || e.altKey || e.metaKey) return null
  return actions.find((a) => keys[a] === e.code) ?? null
}

/** digitOf is the number key 1 to 8 of a bare press, by the row or the block, or null. */
export function digitOf(e: Pressed, typing: boolean): number | null {
  if (typing || e.repeat || e.ctrlKey || e.altKey || e.metaKey || e.shiftKey) return null
  const m = /^(?:Digit|Numpad)([1-8])$/.exec(e.code)
  return m ? Number(m[1]) : null
}

/** helpAsked: the question mark, in whatever layout it sits, or F1. */
export function helpAsked(e: Pressed, typing: boolean): boolean {
  if (typing || e.ctrlKey || e.altKey || e.metaKey || e.repeat) return false
  return e.key === '?' || e.code === 'F1' || (e.code === 'Slash' && e.shiftKey)
}

/** isTyping says whether the focus is where letters go. */
export function isTyping(element: Element | null): boolean {
  if (!element) return false
  const name = element.tagName
  if (name === 'TEXTAREA' || name === 'SELECT') return true
  if (name === 'INPUT') return !/^(radio|checkbox|button|submit|range)$/.test((element as HTMLInputElement).type)
  return (element as HTMLElement).isContentEditable === true
}

/** remap gives a key to an action; whoever had it takes the other's. */
export function remap(keys: Keys, action: Action, code: string): Keys {
  const other = actions.find((a) => keys[a] === code)
  return { ...keys, ...(other && { [other]: keys[action] }), [action]: code }
}

/**
 * remembered reads what was stored; anything odd is the default. An action that was not stored may be younger than what was, and its default somebody's own
 * key: it has one of the defaults that are free then, and their keys stay.
 */
export function remembered(stored: string | null): Keys {
  try {
    const read = JSON.parse(stored ?? '{}') as Partial<Keys>
    const own = actions.filter((a) => typeof read[a] === 'string' && /^[A-Z][A-Za-z0-9]{1,15}$/.test(read[a]!))
    const keys = { ...defaults }
    for (const a of own) keys[a] = read[a]!
    for (const a of actions) {
      const taken = Object.values(keys)
      if (!own.includes(a) && own.some((o) => keys[o] === keys[a])) keys[a] = Object.values(defaults).find((code) => !taken.includes(code)) ?? keys[a]
    }
    return new Set(Object.values(keys)).size === actions.length ? keys : { ...defaults }
  } catch {
    return { ...defaults }
  }
}

/** caption is what is printed on the key of a code. */
export const caption = (code: string) => code.replace(/^Key|^Digit/, '').replace(/^Numpad/, 'Num ')
