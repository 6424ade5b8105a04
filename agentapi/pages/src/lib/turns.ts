/** Turns lets one reading follow the other, so that none is thrown away for another that began while it was under way. */
export class Turns {
  #last: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  /** take does something when everything before it is done. */
  take(what: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(what)
    this.#last = turn.catch(() => {})
    return turn
  }

  /** again does it once for all who ask before it begins. */
  again(what: () => Promise<void>): Promise<void> {
    return (this.#next ??= this.take(() => {
      this.#next = undefined
      return what()
    }))
  }
}
