// How much work ten thousand rows are: a list is scrolled from end to end by steps of a screen, and for each frame is counted how long the page's
// thread was busy (its own time, so that a busy machine does not count), and how long the frame took by the clock. Fails where a frame was busy for
// more than 50 ms. `node dev/scroll.mjs` after `npm run build`.
import { launch, watch } from '../e2e/browser.mjs'
import { origin, serve } from './server.mjs'
import * as scenes from './scenes.mjs'
import * as desk from './tickets.mjs'

const all = 10_000
const browser = await launch()
const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'ru' })).newPage()
const bad = watch(page)
await serve(page, { rest: { ...scenes.lists, 'GET /session': desk.ilja, ...desk.lists(all) }, stream: { subscribed: (topic, l) => l.snapshot(topic, {}) } })
await page.goto(origin + '/tickets?list=all')
await page.getByTestId('ticket-100000').waitFor()
const grid = page.getByTestId('tickets')
for (let read = 0; read < all; ) {
  await grid.evaluate((e) => new Promise((done) => { e.scrollTop = e.scrollHeight; requestAnimationFrame(() => requestAnimationFrame(done)) }))
  read = Number((await page.locator('.foot').textContent()).replace(/\D/g, ''))
}

const cdp = await page.context().newCDPSession(page)
await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
const busy = async () => {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return metrics.find((m) => m.name === 'TaskDuration').value * 1000
}
const frames = []
const height = await grid.evaluate((e) => e.scrollHeight)
for (let top = 0; top < height; top += Math.max(800, height / 400)) {
  const began = await busy()
  const clock = await grid.evaluate((e, top) => new Promise((done) => { const at = performance.now(); e.scrollTop = top; requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - at))) }), top)
  frames.push({ busy: (await busy()) - began, clock })
}
await browser.close()
const by = (what) => frames.map((f) => f[what]).sort((a, b) => a - b)
const told = (s) => `median ${s[Math.floor(s.length / 2)].toFixed(1)}, 95 % ${s[Math.floor(s.length * 0.95)].toFixed(1)}, most ${s.at(-1).toFixed(1)} ms`
console.log(`${all} rows, ${frames.length} screens; busy: ${told(by('busy'))}; two frames by the clock: ${told(by('clock'))}`)
for (const b of bad) console.log(b)
process.exitCode = bad.length || by('busy').at(-1) > 50 ? 1 : 0
