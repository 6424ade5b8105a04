/** The drafts of whoever is signed in, and whether this browser keeps them: where it does not, the pages say so once. */

import { visit } from '../lib/visit.svelte.ts'
import { Drafts, type Draft, type Editor } from './drafts.ts'

let refused = $state(false)
let told = $state(false)

export const shelf = {
  /** Whether to tell that the browser does not take drafts. */
  get warns(): boolean {
    return refused && !told
  },
  heard(): void {
    told = true
  },
  /** drafts are those of the person who is signed in. */
  drafts: (): Drafts => new TellingDrafts(visit.account?.id ?? ''),
}

class TellingDrafts extends Drafts {
  override write(ticket: string, editor: Editor, draft: Draft): boolean {
    const took = super.write(ticket, editor, draft)
    if (!took) refused = true
    return took
  }
}
