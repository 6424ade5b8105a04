/** The page's clock: the server's time, ticking four times a second. Times on the wire are timestamps. */

let local = $state(Date.now())
let offset = $state(0)

setInterval(() => (local = Date.now()), 250)

export const clock = {
  /** Reactive: what shows it is drawn again as it ticks. */
  get now(): number {
    return local + offset
  },
  /** The same, exact and not reactive. */
  exact(): number {
    return Date.now() + offset
  },
  /** sync takes the server's time from a frame that has just come. */
  sync(server: number): void {
    offset = server - Date.now()
  },
}
