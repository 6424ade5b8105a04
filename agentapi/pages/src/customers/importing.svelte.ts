/** A file of customers on its way: the one that this tab has sent, or another one that somebody looks at; how far it is, and what becomes of its rows. */

import { kept } from '../lib/kept.ts'
import { Failure } from '../lib/wire.ts'
import { server } from './server.ts'
import type { Import, ImportRow } from './wire.ts'

export const kinds = ['created', 'changed', 'unchanged', 'left', 'wrong'] as const
const own = 'import' // where this tab keeps the id of what it has sent

/** isWorkedOn says whether the server works on an import; isOpen, whether it is not over. */
export const isWorkedOn = (i: Import | null) => i?.state === 'checking' || i?.state === 'importing'
export const isOpen = (i: Import) => isWorkedOn(i) || i.state === 'checked'

/** What at most one column of a file can hold. */
const once = ['external_id', 'name', 'agreement', 'ends_on']

/** columnsWrong says what is wrong with what columns hold: nothing to know customers by, or the same in two; '' is nothing. */
export function columnsWrong(holds: string[]): '' | 'unnamed' | 'twice' {
  if (once.some((c) => holds.filter((h) => h === c).length > 1)) return 'twice'
  return holds.includes('external_id') || holds.includes('contract') ? '' : 'unnamed'
}

export class Importing {
  /** What is shown; null: the choice of a file, with those of others. */
  one = $state.raw<Import | null>(null)
  open = $state.raw<Import[]>([])
  rows = $state.raw<ImportRow[]>([])
  /** Of which kind the rows are; '' where none are shown. */
  what = $state('')
  /** What the columns are to hold; it is sent by read. */
  holds = $state.raw<string[]>([])
  sending = $state(false)
  busy = $state(false)
  problem = $state.raw<unknown>(null)

  get listed() {
    return kinds.filter((k) => k !== 'unchanged' && this.one?.counts[k])
  }
  get changed(): boolean {
    return (this.one?.columns ?? []).some((c, i) => c.holds !== this.holds[i])
  }

  /** begin shows what this tab has sent, or else those of all that are not over. */
  begin(): Promise<void> {
    return this.#does(async () => {
      const id = kept.get(own, 'tab')
      const mine = id ? await server.import(id).catch((e: unknown) => {
        if (e instanceof Failure && e.problem.status === 404) return null // forgotten by the server
        throw e
      }) : null
      if (mine) this.#shows(mine)
      else await this.#lists()
    })
  }

  /** look shows another one. */
  look = (i: Import): Promise<void> => this.#does(async () => this.#shows(await server.import(i.id)))

  /** back leaves what is shown: one that is over is not shown again by itself. */
  back(): Promise<void> {
    if (this.one && !isOpen(this.one) && this.one.id === kept.get(own, 'tab')) kept.set(own, null, 'tab')
    this.#shows(null)
    return this.#does(() => this.#lists())
  }

  send(file: File, encoding: string): Promise<void> {
    this.sending = true
    return this.#does(async () => {
      const sent = await server.sendImport(file, encoding)
      kept.set(own, sent.id, 'tab')
      this.#shows(sent)
    }).finally(() => { this.sending = false })
  }

  start = (): Promise<void> => this.#asks(server.startImport)
  stop = (): Promise<void> => this.#asks(server.stopImport)
  /** read has the file looked through again, its columns read as they are said to be. */
  read = (): Promise<void> => this.#asks((id) => server.readImportAs(id, this.holds))

  hold(column: number, as: string): void {
    this.holds = this.holds.with(column, as)
  }

  /** poll asks how far it is. Where that fails it may be asked again. */
  async poll(): Promise<void> {
    const before = this.one
    try {
      const now = before && (await server.import(before.id))
      if (this.one !== before) return // something was pressed meanwhile
      if (now) this.#goesOn(now)
      else await this.#lists()
      this.problem = null
    } catch (e) {
      this.problem = e
      this.one = this.one && { ...this.one }
      this.open = [...this.open]
    }
  }

  async show(kind: string): Promise<void> {
    const of = this.one
    if (!of || !kind) return
    this.what = kind
    try {
      const rows = await server.importRows(of.id, kind)
      if (this.one?.id === of.id && this.what === kind) this.rows = rows
    } catch (e) {
      this.problem = e
    }
  }

  #asks(order: (id: string) => Promise<Import>): Promise<void> {
    const id = this.one?.id
    return id ? this.#does(async () => this.#goesOn(await order(id))) : Promise.resolve()
  }

  async #does(what: () => Promise<void>): Promise<void> {
    if (this.busy) return
    this.busy = true
    try {
      await what()
      this.problem = null
    } catch (e) {
      this.problem = e
    } finally {
      this.busy = false
    }
  }

  async #lists(): Promise<void> {
    this.open = (await server.imports()).filter(isOpen)
  }

  /** #goesOn forgets what was shown of another state: rows, and how columns were to be read. */
  #goesOn(now: Import): void {
    if (now.state !== this.one?.state) this.#shows(now)
    else this.one = now
  }

  #shows(i: Import | null): void {
    this.one = i
    if (i) this.open = [] // it is listed anew when somebody comes back
    this.what = ''
    this.rows = []
    this.holds = (i?.columns ?? []).map((c) => c.holds)
    if (i && !isWorkedOn(i)) void this.show(i.counts.wrong ? 'wrong' : (this.listed[0] ?? ''))
  }
}
