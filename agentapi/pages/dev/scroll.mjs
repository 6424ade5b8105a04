// How much work ten thousand rows are: a list is scrolled by the wheel, and by its bar, and for each step is counted how long the page's thread was busy,
// in its own time, so that others on the machine do not count. Fails where one step of the wheel in twenty is more than 50 ms, or where more rows are in the page than
// are seen, and some beside them. `node dev/scroll.mjs` after a build.
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
const height = await grid.evaluate((e) => e.scrollHeight)
/** run scrolls to each place, and tells how much work each was. */
async function run(what, places, most) {
  const frames = []
  for (const top of places) {
    const began = await busy()
    await grid.evaluate((e, top) => new Promise((done) => { e.scrollTop = top; requestAnimationFrame(() => requestAnimationFrame(done)) }), top)
    frames.push((await busy()) - began)
  }
  const s = frames.sort((a, b) => a - b)
  console.log(`${what}: ${s.length} times, busy: median ${s[Math.floor(s.length / 2)].toFixed(1)}, 95 % ${s[Math.floor(s.length * 0.95)].toFixed(1)}, most ${s.at(-1).toFixed(1)} ms`)
  if (s[Math.floor(s.length * 0.95)] > most) bad.push(`${what}: more than ${most} ms`)
}
await run(`${all} rows by the wheel`, Array.from({ length: 300 }, (_, i) => (height / 3 + i * 168)), 50)
await run(`${all} rows by the bar`, Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) / 100 * height), 200)
const rows = await grid.getByRole('row').count()
console.log(`rows in the page: ${rows}`)
if (rows < 10 || rows > 120) bad.push(`${rows} rows are in the page`)
await browser.close()
for (const b of bad) console.log(b)
process.exitCode = bad.length ? 1 : 0
