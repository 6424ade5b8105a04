/** The agreements that a contract may name, read once. */

import { plain } from '../lib/format.ts'
import { named } from '../lib/settings.svelte.ts'
import { server } from './server.ts'
import type { Agreement } from './wire.ts'

let all = $state.raw<Agreement[]>([])
let reading: Promise<void> | null = null

export const agreements = {
  get all(): Agreement[] {
    return all
  },
  name: (id: string): string => plain(named(all.find((a) => a.id === id)?.name, id), 64),
  /** read asks for them; where that fails, ids are shown, and it is asked again the next time. */
  read(): Promise<void> {
    return (reading ??= server.agreements().then(
      (list) => void (all = list),
      () => void (reading = null),
    ))
  },
}
