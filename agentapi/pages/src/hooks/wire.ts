/** Events that a webhook's receiver has not taken, as the contract names them. */

import { ask } from '../lib/api.ts'

export interface DeadEvent {
  id: number
  /** "hotline.call.ended" */
  type: string
  ticket?: string
  time: string
  /** The receiver's host, and a hash of its address. */
  to: string
  attempts: number
  failed_at: string
  error: string
}

export const server = {
  /** dead are the latest, or those before one. */
  dead: (before = 0) => ask<{ items: DeadEvent[] | null; next_before?: number }>('GET', `/hooks/dead?limit=50${before ? `&before=${before}` : ''}`),
  /** retry has one sent again, once. One that is dead no more is not found. */
  retry: (id: number) => ask<DeadEvent>('POST', `/hooks/dead/${id}/retry`),
}

/** kindOf is the type of an event without what all begin with. */
export const kindOf = (e: Pick<DeadEvent, 'type'>): string => e.type.replace(/^hotline\./, '')

/** whyOf says why an event was not taken: what the server wrote of it, with the words that a page knows in its language. */
export const whyOf = (e: Pick<DeadEvent, 'error'>, t: { why: Record<string, string> }): string => Object.entries(t.why).reduce((said, [from, to]) => said.replace(from, to), e.error)
