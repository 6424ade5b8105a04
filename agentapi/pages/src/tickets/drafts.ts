/**
 * What somebody has typed about a ticket and not yet sent. It is kept in this browser, by person, ticket and editor, so that a crash of the
 * page, a reload, a lost connection or a colleague's change loses nothing. It goes when it was sent, when its writer throws it away, also as
 * they sign out, and when nobody has touched it for a month.
 */

/** Editor is where it is typed: "note", "answer", or the form of a command by its name. */
export type Editor = string

export interface Draft {
  text: string
  channel?: string
  address?: string
  /** The ticket's version that its writer saw as they began. */
  base: number
  /** When it was last touched. */
  at: number
}

/** What of a Storage is used here. */
export interface Shelf {
  readonly length: number
  key(n: number): string | null
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

const prefix = 'hotline.draft.'
const keptFor = 30 * 86_400_000

export class Drafts {
  #shelf: () => Shelf
  #person: string

  constructor(person: string, shelf: () => Shelf = () => localStorage) {
    this.#person = person
    this.#shelf = shelf
  }

  read(ticket: string, editor: Editor): Draft | null {
    return this.#try((s) => parse(s.getItem(this.#key(ticket, editor)))) ?? null
  }

  /** write keeps a draft; an empty one is thrown away. It says whether it could: the browser may have no room, or no memory at all. */
  write(ticket: string, editor: Editor, draft: Draft): boolean {
    return (
      this.#try((s) => {
        if (draft.text.trim()) s.setItem(this.#key(ticket, editor), JSON.stringify(draft))
        else s.removeItem(this.#key(ticket, editor))
        return true
      }) ?? false
    )
  }

  drop(ticket: string, editor: Editor): void {
    this.#try((s) => s.removeItem(this.#key(ticket, editor)))
  }

  /** tickets are those about which something lies unsent, in order. */
  tickets(): string[] {
    const own = this.#keys().map((k) => k.slice(prefix.length + this.#person.length + 1).split('.')[0]!)
    return [...new Set(own)].sort()
  }

  /** forget throws away all of this person's drafts. */
  forget(): void {
    for (const k of this.#keys()) this.#try((s) => s.removeItem(k))
  }

  /** sweep throws away what anybody left here long ago. */
  sweep(now: number): void {
    this.#try((s) => {
      for (const k of keys(s)) {
        const d = parse(s.getItem(k))
        if (!d || now - d.at > keptFor) s.removeItem(k)
      }
    })
  }

  #key(ticket: string, editor: Editor): string {
    return `${prefix}${this.#person}.${ticket}.${editor}`
  }

  #keys(): string[] {
    return this.#try((s) => keys(s).filter((k) => k.startsWith(`${prefix}${this.#person}.`))) ?? []
  }

  #try<T>(act: (s: Shelf) => T): T | undefined {
    try {
      return act(this.#shelf())
    } catch {
      return undefined
    }
  }
}

function keys(s: Shelf): string[] {
  return Array.from({ length: s.length }, (_, i) => s.key(i) ?? '').filter((k) => k.startsWith(prefix))
}

function parse(stored: string | null): Draft | null {
  try {
    const d = JSON.parse(stored ?? 'null') as Draft | null
    if (!d || typeof d.text !== 'string') return null
    return { ...d, base: Number(d.base) || 0, at: Number(d.at) || 0 }
  } catch {
    return null
  }
}
