/** The keys of the lists and of a ticket: single ones, by their place (event.code), so that a Cyrillic layout changes nothing. */

export const listKeys = {
  KeyJ: 'down', KeyK: 'up', ArrowDown: 'down', ArrowUp: 'up', Enter: 'open', KeyO: 'open', KeyX: 'mark', Space: 'preview', Home: 'first', End: 'last', KeyG: 'fresh',
  KeyA: 'take', KeyT: 'hand_over', KeyW: 'wait', KeyD: 'plan', KeyN: 'note',
} as const
export const ticketKeys = {
  KeyN: 'note', KeyR: 'answer', KeyA: 'take', KeyT: 'hand_over', KeyW: 'wait', KeyP: 'promise', KeyD: 'plan', KeyS: 'solve', KeyC: 'close', KeyL: 'link', KeyU: 'back',
  KeyJ: 'next', KeyK: 'previous',
} as const
export type ListKey = (typeof listKeys)[keyof typeof listKeys]
export type TicketKey = (typeof ticketKeys)[keyof typeof ticketKeys]

/** A key that is held down moves on, and does nothing else a second time. */
const held: ReadonlySet<string> = new Set(['down', 'up'])

interface Pressed {
  code: string
  repeat?: boolean
  key?: string
  ctrlKey: boolean
  shiftKey: boolean
  altKey: boolean
  metaKey: boolean
}

/** keyOf says what a bare press means, or null: while typing and with other keys held all are silent. */
export function keyOf<T extends string>(e: Pressed, typing: boolean, keys: Record<string, T>): T | null {
  if (typing || e.ctrlKey || e.altKey || e.metaKey || e.shiftKey) return null
  const meant = Object.hasOwn(keys, e.code) ? keys[e.code]! : null
  return meant && e.repeat && !held.has(meant) ? null : meant
}

/** searchAsked: the slash, in whatever layout it sits. */
export function searchAsked(e: Pressed, typing: boolean): boolean {
  if (typing || e.ctrlKey || e.altKey || e.metaKey || e.shiftKey) return false
  return e.key === '/' || e.code === 'Slash'
}

/** sendAsked: Ctrl+Enter, or Command+Enter, from inside a text. */
export const sendAsked = (e: Pressed): boolean => (e.code === 'Enter' || e.code === 'NumpadEnter') && (e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && !e.repeat
