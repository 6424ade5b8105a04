// How much work a busy house is for the pages, counted in their thread's own time, so that others on the machine do not count. `node dev/load.mjs` after a build;
// HOURS are simulated ones, 1 by default; `node dev/load.mjs wall` or `desk` does one of them. Times are milliseconds.
//
//   wall   forty queues and four hundred agents, 500 events a minute in two frames a second: what a frame costs, the longest pause for layout, the tiles that
//          are drawn, and memory, with a minute of history in every frame
//   desk   its first load; pops among 500 events a minute, from their frame until they are painted; and memory, call after call
//
// Fails where a bound is broken, each of which leaves room for a machine that is several times slower.
import { launch, watch } from '../e2e/browser.mjs'
import { origin, serve } from './server.mjs'
import * as scenes from './scenes.mjs'

const hours = Number(process.env.HOURS ?? 1)
const only = process.argv[2]
const bad = []
const browser = await launch()

/** opens gives a page under the simulated server, with a gauge of its thread and its link by topic. */
async function opens(options, size) {
  const context = await browser.newContext({ viewport: size, locale: 'ru', permissions: ['microphone'] })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const errors = watch(page)
  const links = {}
  await serve(page, { rest: { ...scenes.lists, ...options.rest }, stream: { subscribed: (topic, l) => ((links[topic] = l), l.snapshot(topic, options.topics[topic]?.() ?? {})) } })
  // When a frame with an offer was read, and when what it brings was painted.
  await page.addInitScript(() => {
    const parse = JSON.parse
    JSON.parse = (text, ...more) => {
      if (typeof text === 'string' && text.includes('"offer.created"')) globalThis.offered = performance.now()
      return parse(text, ...more)
    }
  })
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
  return { page, links, gauge, memory, close: async () => (bad.push(...errors), context.close()) }
}

const painted = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
const at = (all, share) => [...all].sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * share))]
const told = (all) => `median ${at(all, 0.5).toFixed(1)}, 95 % ${at(all, 0.95).toFixed(1)}, most ${at(all, 1).toFixed(1)}`
const bound = (what, is, most) => is <= most || bad.push(`${what}: ${is.toFixed(1)}, and may be ${most}`)

/** flat says whether memory stays as it is: what was there after a third of the time, and at its end. */
function flat(what, early, late) {
  console.log(`${what}: ${early.mb.toFixed(1)} MB, ${early.nodes} nodes, ${early.listeners} listeners; at the end ${late.mb.toFixed(1)} MB, ${late.nodes}, ${late.listeners}`)
  bound(`${what}, MB more`, late.mb - early.mb, Math.max(2, 0.1 * early.mb))
  bound(`${what}, nodes more`, late.nodes - early.nodes, 0.2 * early.nodes)
  bound(`${what}, listeners more`, late.listeners - early.listeners, 0.2 * early.listeners + 20)
}

async function wall() {
  let now = Date.now()
  const w = scenes.bigWall()
  const { page, links, gauge, memory, close } = await opens({ rest: { 'GET /session': scenes.supervisor }, topics: { wall: () => w } }, { width: 1920, height: 1080 })
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
  const frames = 60 * hours
  const cost = { busy: [], script: [], layout: [] }
  let early
  for (let i = 0; i < frames; i++) {
    if (i === Math.floor(frames / 3)) early = await memory()
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
  flat('the wall', early, await memory())
  await close()
}

async function desk() {
  const me = scenes.me()
  const idle = { state: 'idle', since: me.activity.since }
  const { page, links, gauge, memory, close } = await opens({ rest: { 'GET /session': scenes.account }, topics: { me: () => me } }, { width: 1440, height: 900 })
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
  const calls = Math.round(15 * hours)
  let early
  for (let i = 0; i < calls; i++) {
    if (i === Math.floor(calls / 3)) early = await memory()
    for (let k = 0; k < 8; k++) {
      happens()
      await page.waitForTimeout(i < 10 ? 120 : 0) // 500 a minute, where pops are timed
    }
    const m = scenes.ringing()
    m.offer = { ...m.offer, id: `offer-${i}`, call: `call-${i}` }
    m.offer.pop = { ...m.offer.pop, call: `call-${i}` }
    const before = await gauge()
    const seen = page.evaluate(() => new Promise((done) => {
      const look = () => document.querySelector('[data-testid=pop][data-stage=ringing]') && (watch.disconnect(), requestAnimationFrame(() => setTimeout(() => done(performance.now() - globalThis.offered))))
      const watch = new MutationObserver(look)
      watch.observe(document.body, { childList: true, subtree: true, attributes: true })
    }))
    await page.evaluate(() => 0) // it watches
    links.me.event('me', 'offer.created', { offer: m.offer, activity: m.activity })
    happens()
    pops.push(await seen)
    work.push((await gauge()).busy - before.busy)
    const talk = { id: `call-${i}`, since: m.activity.since, why: m.offer.why, pop: m.offer.pop }
    links.me.event('me', 'offer.accepted', { offer: null, call: talk, activity: { state: 'talking', since: m.activity.since } })
    await page.locator('[data-testid=pop][data-stage=talking]').waitFor()
    links.me.event('me', 'call.ended', { call: null, activity: idle, recent: [{ call: `call-${i}`, ticket: String(200000 + i), name: 'Пётр', number: '+78432001122', at: new Date().toISOString(), outcome: 'served' }, ...me.recent].slice(0, 10) })
    await page.getByTestId('idle').waitFor()
  }
  console.log(`a pop, from its frame until it is painted: ${told(pops)}; busy meanwhile: ${told(work)}`)
  bound('a pop, busy until it is painted', at(work, 0.5), 100)
  bound('a pop, until it is painted', at(pops, 0.5), 1000) // 100 on a machine of one's own
  flat('the desk', early, await memory())
  await close()
}

for (const [name, run] of Object.entries({ wall, desk })) if (!only || only === name) await run()
await browser.close()
for (const b of bad) console.log(b)
process.exitCode = bad.length ? 1 : 0
