// What dev/load.mjs and dev/day.mjs measure by: a page under the simulated server, what its thread has done, and what it holds.
import { watch } from '../e2e/browser.mjs'
import { serve } from './server.mjs'
import * as scenes from './scenes.mjs'

/** opens gives a page under the simulated server, with a gauge of its thread and its link by topic. What runs in the page before its own scripts is `before`. */
export async function opens(browser, { rest, topics, before = [] }, size) {
  const context = await browser.newContext({ viewport: size, locale: 'ru', permissions: ['microphone'] })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const errors = watch(page)
  const links = {}
  await serve(page, { rest, stream: { subscribed: (topic, l) => ((links[topic] = l), l.snapshot(topic, topics[topic]?.() ?? {})) } })
  for (const script of before) await page.addInitScript(script)
  const cdp = await context.newCDPSession(page)
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  const gauge = async () => {
    const all = Object.fromEntries((await cdp.send('Performance.getMetrics')).metrics.map((m) => [m.name, m.value]))
    return { busy: all.TaskDuration * 1000, script: all.ScriptDuration * 1000, layout: (all.LayoutDuration + all.RecalcStyleDuration) * 1000, nodes: all.Nodes, listeners: all.JSEventListeners, heap: all.JSHeapUsedSize }
  }
  /** memory is what is held, after what is not was thrown away. */
  const memory = async () => {
    for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage')
    const { heap, nodes, listeners } = await gauge()
    return { mb: heap / 2 ** 20, nodes, listeners }
  }
  return { page, links, gauge, memory, errors, close: () => context.close() }
}

/** offered runs in a page before its own scripts, and notes when a frame with an offer was read. */
export function offered() {
  const parse = JSON.parse
  JSON.parse = (text, ...more) => {
    if (typeof text === 'string' && text.includes('"offer.created"')) globalThis.offered = performance.now()
    return parse(text, ...more)
  }
}

/** popped says, of a page with `offered`, how long it was from the frame with an offer until what it brings was painted; it is called before that frame. */
export async function popped(page) {
  const painted = page.evaluate(() => new Promise((done) => {
    const look = () => document.querySelector('[data-testid=pop][data-stage=ringing]') && (watch.disconnect(), requestAnimationFrame(() => setTimeout(() => done(performance.now() - globalThis.offered))))
    const watch = new MutationObserver(look)
    watch.observe(document.body, { childList: true, subtree: true, attributes: true })
  }))
  await page.evaluate(() => 0) // it watches
  return () => painted
}

/** call is what the stream says of the nth call at a desk: its offer, its talk, its wrap-up; each has a customer and a ticket of its own. */
export function call(n, now = Date.now()) {
  const at = (s) => new Date(now + s * 1000).toISOString()
  const { offer } = scenes.ringing()
  const id = `call-${n}`
  const customer = { ...offer.pop.caller.customer, id: `customer-${n}`, name: `${offer.pop.caller.customer.name} ${n}` }
  const pop = { ...offer.pop, call: id, ticket: { ...offer.pop.ticket, number: String(200_000 + n) }, caller: { ...offer.pop.caller, customer }, waiting_since: at(-40) }
  return {
    id, ticket: pop.ticket.number, customer,
    offer: { offer: { ...offer, id: `offer-${n}`, call: id, deadline: at(20), pop }, activity: { state: 'offered', since: at(0), deadline: at(20) } },
    talk: { offer: null, call: { id, since: at(0), why: offer.why, pop: { ...pop, ...scenes.answered } }, activity: { state: 'talking', since: at(0) } },
    wrapUp: { call: null, wrap_up: { call: id, ticket: pop.ticket.number, until: at(60) }, activity: { state: 'wrap_up', since: at(0), deadline: at(60) } },
    recent: { call: id, ticket: pop.ticket.number, name: customer.name, number: offer.pop.caller.number, at: at(0), outcome: 'served' },
  }
}

export const at = (all, share) => [...all].sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * share))]
