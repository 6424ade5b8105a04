/** Any page lets the open desk call a number. There is one desk at most, and it is there while a shift is on and nobody is talked with. */

import type { CallReasons } from './wire.ts'

export type Dial = (number: string, ticket?: string, reason?: string) => Promise<boolean>

class Dialling {
  /** Null where no desk can call now. */
  by = $state.raw<Dial | null>(null)
  /** Of which one is chosen before the call. */
  reasons = $state.raw<CallReasons>({ items: [], required: false })
}

export const dialling = new Dialling()
