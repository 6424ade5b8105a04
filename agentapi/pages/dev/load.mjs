// How much work a busy house is for the pages, counted in their thread's own time, so that others on the machine do not count. `node dev/load.mjs` after a build;
// `node dev/load.mjs wall` or `desk` does one of them. Times are milliseconds.
//
//   wall   forty queues and four hundred agents, 500 events a minute in two frames a second: what a frame costs, the longest pause for layout, and the tiles that
//          are drawn, with a minute of history in every frame
//   desk   its first load; and pops among 500 events a minute, from their frame until they are painted
//
// Fails where a bound is broken, each of which leaves room for a machine that is several times slower. What is held after hours of this is dev/day.mjs's.
import { launch } from '../e2e/browser.mjs'
import { at, call, offered, opens, popped } from './gauge.mjs'
import { origin } from './server.mjs'
import * as scenes from './scenes.mjs'

const only = process.argv[2]
const bad = []
const browser = await launch()

const painted = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
const told = (all) => `median ${at(all, 0.5).toFixed(1)}, 95 % ${at(all, 0.95).toFixed(1)}, most ${at(all, 1).toFixed(1)}`
const bound = (what, is, most) => is <= most || bad.push(`${what}: ${is.toFixed(1)}, and may be ${most}`)

async function wall() {
  let now = Date.now()
  const w = scenes.bigWall()
  const { page, links, gauge, errors, close } = await opens(browser, { rest: { ...scenes.lists, 'GET /session': scenes.supervisor }, topics: { wall: () => w } }, { width: 1920, height: 1080 })
  await page.goto(`${origin}/wall`)
  await page.getByTestId('wall-queue-q39').waitFor({ state: 'attached' })
  const looks = [['ready', 'idle'], ['ready', 'talking'], ['ready', 'wrap_up'], ['not_ready', 'idle'], ['ready', 'on_hold'], ['ready', 'offered']]
  let n = 0
  /** next is the wall after half a second in which four or five things happened; a minute of history has passed, too. */
  const next = () => {
    n++
    now += 500
    w.now = new Date(now).toISOString()
    for (let i = 0; i < 4 + (n % 2); i++) {
      const a = (n * 7 + i * 101) % w.agents.length
      const [availability, activity] = looks[(n + i) % looks.length]
      w.agents[a] = { ...w.agents[a], availability, activity, since: w.now }
      const q = (n * 3 + i * 11) % w.queues.length
      w.queues[q] = { ...w.queues[q], waiting: (n + i) % 9, longest_since: w.now, service_level: ((n + i) % 50) / 50, history: [...w.queues[q].history.slice(1), { at: w.now, waiting: (n + i) % 9, service_level: 0.8 }] }
    }
    w.line = { ...w.line, waiting: n % 40, free: 60 + (n % 30), longest_since: w.now }
    return w
  }
  const cost = { busy: [], script: [], layout: [] }
  for (let i = 0; i < 60; i++) {
    const before = await gauge()
    links.wall.event('wall', 'queue.changed', next())
    await page.locator('[data-testid=wall-waiting]').filter({ hasText: String(w.line.waiting) }).waitFor()
    await painted(page)
    const after = await gauge()
    for (const k of Object.keys(cost)) cost[k].push(after[k] - before[k])
  }
  for (const k of Object.keys(cost)) console.log(`the wall, ${k} of a frame: ${told(cost[k])}`)
  console.log(`a frame is ${Math.round(JSON.stringify(w).length / 1024)} kB`)
  bound('the wall, busy for a frame', at(cost.busy, 0.5), 250) // of the 500 that are until the next
  bound('the wall, layout of a frame', at(cost.layout, 0.95), 100)
  const drawn = await page.locator('[data-testid^="wall-agent-"]').count()
  console.log(`${drawn} agents are drawn`)
  bound('agents that are drawn', drawn, 200)
  bad.push(...errors)
  await close()
}

async function desk() {
  const me = scenes.me()
  const idle = { state: 'idle', since: me.activity.since }
  const { page, links, gauge, errors, close } = await opens(browser, { rest: { ...scenes.lists, 'GET /session': scenes.account }, topics: { me: () => me }, before: [offered] }, { width: 1440, height: 900 })
  const begun = Date.now()
  await page.goto(`${origin}/desk`)
  await page.getByTestId('start-shift').click()
  await page.getByTestId('idle').waitFor()
  const first = await gauge()
  console.log(`the desk: its first load is ${first.busy.toFixed(0)} ms of work, ${Date.now() - begun} ms in all`)
  bound('the first load', first.busy, 1000)

  let n = 0
  const happens = () => links.me.event('me', 'queue.changed', { queues: me.queues.map((q, i) => ({ ...q, waiting: (n++ + i) % 9 })) })
  const pops = [], work = []
  for (let i = 0; i < 15; i++) {
    for (let k = 0; k < 8; k++) {
      happens()
      await page.waitForTimeout(i < 10 ? 120 : 0) // 500 a minute, where pops are timed
    }
    const c = call(i)
    const before = await gauge()
    const pop = await popped(page)
    links.me.event('me', 'offer.created', c.offer)
    happens()
    pops.push(await pop())
    work.push((await gauge()).busy - before.busy)
    links.me.event('me', 'call.answered', c.talk)
    await page.locator('[data-testid=pop][data-stage=talking]').waitFor()
    links.me.event('me', 'call.ended', { call: null, activity: idle, recent: [c.recent, ...me.recent].slice(0, 10) })
    await page.getByTestId('idle').waitFor()
  }
  console.log(`a pop, from its frame until it is painted: ${told(pops)}; busy meanwhile: ${told(work)}`)
  bound('a pop, busy until it is painted', at(work, 0.5), 100)
  bound('a pop, until it is painted', at(pops, 0.5), 1000) // 100 on a machine of one's own
  bad.push(...errors)
  await close()
}

for (const [name, run] of Object.entries({ wall, desk })) if (!only || only === name) await run()
await browser.close()
for (const b of bad) console.log(b)
process.exitCode = bad.length ? 1 : 0
