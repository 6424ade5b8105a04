/**
 * passing runs in a page before its own scripts. Its timers and its Date go on by themselves, and passes(ms) sets them forward: each timer that is due until then
 * comes in its turn, and what it brings about is done before the next. It resolves to the page's time. What repeats itself comes once a second at most, as in a tab that lies
 * behind others.
 */
export function passing() {
  const { Date: RealDate, setTimeout: later, clearTimeout: never } = globalThis
  let skipped = 0
  let last = 0
  let armed
  const timers = new Map() // due, every: milliseconds; act
  const now = () => RealDate.now() + skipped
  globalThis.Date = class Date extends RealDate {
    constructor(...of) {
      super(...(of.length ? of : [now()]))
    }
    static now() {
      return now()
    }
  }
  const first = () => [...timers].reduce((a, b) => (a && a[1].due <= b[1].due ? a : b), null)
  const arm = () => {
    never(armed)
    const next = first()
    if (next) armed = later(() => ((first()?.[1].due ?? Infinity) <= now() && fire(first()), arm()), Math.max(0, next[1].due - now()))
  }
  const fire = ([id, timer]) => {
    if (timer.every === null) timers.delete(id)
    else timer.due += timer.every
    timer.act()
  }
  const timer = (repeats) => (act, ms = 0, ...given) => {
    const wait = Math.max(repeats ? 1000 : 0, Number(ms) || 0)
    timers.set(++last, { due: now() + wait, every: repeats ? wait : null, act: () => act(...given) })
    arm()
    return last
  }
  const clear = (id) => void timers.delete(id)
  Object.assign(globalThis, { setTimeout: timer(false), setInterval: timer(true), clearTimeout: clear, clearInterval: clear })

  const { port1, port2 } = new MessageChannel()
  let turned
  port1.onmessage = () => turned()
  const turn = () => new Promise((done) => ((turned = done), port2.postMessage(0)))
  globalThis.passes = async (ms) => {
    const until = now() + ms
    for (let next; (next = first()) && next[1].due <= until; await turn()) {
      skipped += Math.max(0, next[1].due - now())
      fire(next)
    }
    skipped += Math.max(0, until - now())
    arm()
    return now()
  }
}
