/**
 * What somebody has typed about a ticket and not yet sent. It is kept in this browser, by person, ticket and editor, so that a crash of the
 * page, a reload, a lost connection or a colleague's change loses nothing. It goes when it was sent, when its writer throws it away, also as
 * they sign out, and when nobody has touched it for a month. Where the browser has no room or no memory, it lives as long as the page does.
 */

/** Editor is where it is typed: "note", "answer", or the form of a command by its name. */
export type Editor = string

export interface Draft {
  text: string
  channel?: string
  address?: string
  /** The ticket's version that its writer saw as they began, and the time of the last thing in its story. */
  base: number
  from?: number
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

/** newTicket stands for a ticket that is yet to be opened. */
export const newTicket = '0'
/** newCustomer stands for one who is yet to be written down. */
export const newCustomer = 'new'

const prefix = 'hotline.draft.'
const keptFor = 30 * 86_400_000

// What the browser did not take: kept by this page alone.
const pageOnly = new Map<string, string>()

export class Drafts {
  #shelf: () => Shelf
  #person: string

  constructor(person: string, shelf: () => Shelf = () => localStorage) {
    this.#person = person
    this.#shelf = shelf
  }

  read(ticket: string, editor: Editor): Draft | null {
    const key = this.#key(ticket, editor)
    return parse(pageOnly.get(key) ?? this.#try((s) => s.getItem(key)) ?? null)
  }

  /** write keeps a draft; an empty one is thrown away. It says whether the browser took it: what it did not take ends with the page. */
  write(ticket: string, editor: Editor, draft: Draft): boolean {
    const key = this.#key(ticket, editor)
    if (!draft.text.trim()) {
      this.drop(ticket, editor)
      return true
    }
    const text = JSON.stringify(draft)
    const took = this.#try((s) => (s.setItem(key, text), true)) ?? false
    if (took) pageOnly.delete(key)
    else pageOnly.set(key, text)
    return took
  }

  drop(ticket: string, editor: Editor): void {
    this.#drop(this.#key(ticket, editor))
  }

  /** endsWithPage says whether something is kept by this page alone. */
  get endsWithPage(): boolean {
    return [...pageOnly.keys()].some((k) => this.#own(k))
  }

  /** tickets are those about which something lies unsent, in order: by number, customers by id, and "new" for a new customer. */
  tickets(): string[] {
    const own = this.#keys().map((k) => k.slice(prefix.length + this.#person.length + 1).split('.')[0]!)
    return [...new Set(own)].sort()
  }

  /** forget throws away all of this person's drafts. */
  forget(): void {
    for (const k of this.#keys()) this.#drop(k)
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
    return [...new Set([...pageOnly.keys(), ...(this.#try(keys) ?? [])])].filter((k) => this.#own(k))
  }

  #own(key: string): boolean {
    return key.startsWith(`${prefix}${this.#person}.`)
  }

  #drop(key: string): void {
    pageOnly.delete(key)
    this.#try((s) => s.removeItem(key))
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
    return { ...d, base: Number(d.base) || 0, at: Number(d.at) || 0, ...(d.from !== undefined && { from: Number(d.from) || 0 }) }
  } catch {
    return null
  }
}
