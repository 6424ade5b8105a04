// A day of work at the pages in a real Chromium: whether they hold at its end no more than they did in its second hour. `node dev/day.mjs` after a build, or with
// one of the names below; HOURS are simulated ones, 8 by default, in eight parts, after each of which garbage is collected and what is left is counted.
//
//   desk      twenty calls an hour, among 500 events a minute: pops, talks with a subject and a note, holds, wrap-ups, a few that are missed; between calls a ticket
//             that is looked at; and once in each part its stream breaks
//   wall      twelve queues and sixty agents, a frame every ten seconds with a minute of history, alarms that come and go, and what a supervisor opens
//   tickets   twenty an hour are read, written to and left again for their list, while colleagues change others and the bell tells of them
//
// The clock of each page is set forward through all of it, so that each of its timers comes in its turn. With ALONE=1 it is make bench-pages: the machine is
// this script's, and how soon a desk can be used and a pop is painted is held against what is promised of two cores. Ends with one line of figures.
import { cpus } from 'node:os'
import { gzipSync } from 'node:zlib'
import { launch } from '../e2e/browser.mjs'
import { at, call, offered, opens, popped } from './gauge.mjs'
import { passing } from './clock.mjs'
import { origin } from './server.mjs'
import * as scenes from './scenes.mjs'
import * as desk from './tickets.mjs'

const hours = Number(process.env.HOURS ?? 8)
const alone = process.env.ALONE === '1'
const only = process.argv[2]
const parts = 8
const part = (hours * 3600) / parts // seconds
const perPart = Math.max(2, Math.round((20 * hours) / parts)) // calls, and tickets that are looked at
const bad = []
const browser = await launch()
const steady = await launch(['--js-flags=--no-opt --no-maglev --no-sparkplug']) // what V8 compiles as a page is warm is nothing that the page holds

/** What is promised: of a first load in bytes as they are sent, of times in milliseconds on two cores, of memory in shares of what was held in the second part of the day. */
const promised = { load: 200 * 1024, interactive: 1000, pop: 100, growth: hours < 4 ? 0.15 : 0.05, nodes: hours < 4 ? 0.1 : 0.02, listeners: 0.1 } // a page is warm after some 40 calls

/** first is how much a desk with a phone in it asks for before it shows itself and can be rung, compressed, what comes after that, and how long it takes until the shift can be begun. */
async function first() {
  const seat = { user: 'seat', password: 'x', uri: 'sip:seat@localhost', ws: 'ws://localhost:7000/ws' }
  const { page, close } = await opens(browser, { rest: { ...scenes.lists, 'GET /session': { ...scenes.account, seat: true }, 'POST /phone': seat }, topics: { me: () => scenes.me() }, before: [interactive] }, { width: 1440, height: 900 })
  const sent = []
  page.on('response', (r) => r.url().includes('/api/') || sent.push(r.body().then((body) => [new URL(r.url()).pathname, gzipSync(body).length])))
  const html = await (await page.goto(`${origin}/desk`)).text()
  const phone = page.waitForResponse((r) => r.url().includes('JsSIP'))
  const ms = await page.evaluate(() => globalThis.interactive)
  await page.getByTestId('start-shift').click()
  await phone
  await page.getByTestId('idle').waitFor()
  let [bytes, later] = [0, 0]
  for (const [path, size] of await Promise.all(sent))
    if (path === '/desk' || html.includes(path) || path.includes('JsSIP')) bytes += size
    else later += size
  await close()
  return { bytes, later, ms }
}

/** interactive runs in a page before its own scripts, and resolves when its shift can be begun and its thread is free to: milliseconds after it was asked for. */
function interactive() {
  globalThis.interactive = new Promise((done) => {
    const look = () => document.querySelector('[data-testid=start-shift]:not(:disabled)') && (watch.disconnect(), requestAnimationFrame(() => setTimeout(() => done(performance.now()))))
    const watch = new MutationObserver(look)
    watch.observe(document, { childList: true, subtree: true, attributes: true })
  })
}

/** pops are how long it is from an offer's frame until it is painted, while something happens 500 times a minute. */
async function pops(n) {
  const me = scenes.me()
  const { page, links, errors, close } = await opens(browser, { rest: { ...scenes.lists, ...desk.beside, 'GET /session': scenes.account }, topics: { me: () => me }, before: [offered] }, { width: 1440, height: 900 })
  await page.goto(`${origin}/desk`)
  await page.getByTestId('start-shift').click()
  await page.getByTestId('idle').waitFor()
  let events = 0
  const house = setInterval(() => links.me.event('me', 'queue.changed', queues(events++)), 120)
  const times = []
  for (let i = 0; i < n; i++) {
    await page.waitForTimeout(300)
    const c = call(i)
    const pop = await popped(page)
    links.me.event('me', 'offer.created', c.offer)
    times.push(await pop())
    links.me.event('me', 'offer.revoked', { offer: null, activity: me.activity })
    await page.getByTestId('dismiss').click()
  }
  clearInterval(house)
  bad.push(...errors)
  await close()
  return times
}

const queues = (n) => ({ queues: scenes.me().queues.map((q, i) => ({ ...q, waiting: (n + i) % 9 })) })

/**
 * day is a day at one page: a part of it is `work`, in which passes(s) lets that many seconds go by, and after which the page is as it was before. It tells what is held at its
 * end, and by what share that has grown.
 */
async function day(name, { path, size, ready, work, ...options }) {
  const began = Date.now()
  const { page, links, memory, errors, close } = await opens(steady, { ...options, before: [passing] }, size)
  await page.goto(origin + path)
  await ready(page)
  const clock = { now: Date.now() } // the page's
  const passes = async (s) => (clock.now = await page.evaluate((ms) => globalThis.passes(ms), s * 1000))
  const held = []
  for (let i = 0; i < parts; i++) {
    const until = clock.now + part * 1000
    await work({ page, links, passes, clock })
    if (clock.now < until) await passes((until - clock.now) / 1000)
    held.push(await memory())
    console.log(`${name}, ${((i + 1) * hours) / parts} h: ${held[i].mb.toFixed(2)} MB, ${held[i].nodes} nodes, ${held[i].listeners} listeners`)
  }
  bad.push(...errors)
  await close()
  const [early, late] = [held[1], held.slice(-2)]
  const more = (of) => Math.max(...late.map((l) => l[of])) / early[of] - 1
  const growth = late.reduce((sum, l) => sum + l.mb, 0) / late.length / early.mb - 1
  if (growth > promised.growth) bad.push(`${name}: what is held has grown by ${(100 * growth).toFixed(1)} % since the second part of the day`)
  for (const of of ['nodes', 'listeners']) if (more(of) > promised[of]) bad.push(`${name}: there are ${(100 * more(of)).toFixed(1)} % more ${of} than in the second part of the day`)
  console.log(`${name}: ${Math.round((Date.now() - began) / 1000)} s`)
  return { growth, mb: held.at(-1).mb, nodes: held.at(-1).nodes, listeners: held.at(-1).listeners }
}

/** answering answers what is asked of each ticket and customer that a day brings, as they stand after what was done to them. */
function answering(fixed, file) {
  const versions = new Map()
  const of = (number, change) => {
    const known = versions.get(number) ?? { version: 7 }
    if (change) versions.set(number, { ...known, ...change, version: known.version + 1 })
    const { version, subject } = versions.get(number) ?? known
    const customer = { ...file.customer, id: `customer-${number}`, name: `${file.customer.name} ${number}` }
    return { ...file, ticket: { ...file.ticket, number, version, customer: { id: customer.id, name: customer.name }, ...(subject && { subject }) }, customer, version }
  }
  return new Proxy(fixed, {
    get(all, asked) {
      if (asked in all) return all[asked]
      const [, method, number, what] = /^(GET|POST) \/tickets\/(\d+)\/(\w+)$/.exec(asked) ?? []
      if (method === 'GET' && what === 'file') return of(number)
      if (method === 'POST') return (request) => of(number, request.postDataJSON() ?? {})
      const customer = /^GET \/customers\/(.+)$/.exec(asked)?.[1]
      return customer && { customer: { ...file.customer, id: customer, version: 1 }, open_tickets: [], contacts: [], merged: [] }
    },
  })
}

const totals = { calls: 0, events: 0 }

function deskDay() {
  const me = scenes.me({ recent: Array.from({ length: 10 }, (_, i) => call(1000 + i).recent) })
  const idle = (clock) => ({ state: 'idle', since: new Date(clock.now).toISOString() })
  return day('the desk', {
    path: '/desk', size: { width: 1440, height: 900 }, topics: { me: () => me },
    rest: answering({ ...scenes.lists, ...desk.beside, ...desk.work, 'GET /session': scenes.account, 'GET /targets': scenes.targets }, desk.inCall),
    async ready(page) {
      await page.getByTestId('start-shift').click()
      await page.getByTestId('my-work').waitFor()
    },
    async work({ page, links, passes, clock }) {
      const says = (type, data) => links.me.event('me', type, Object.assign(me, data) && data)
      /** goes lets time go by among events of the house. */
      const goes = async (seconds) => {
        for (let left = seconds; left > 0; left -= 6) {
          for (let i = 0; i < 50; i++) says('queue.changed', queues(totals.events++))
          await passes(Math.min(6, left))
        }
      }
      const turn = part / perPart
      const broken = links.me
      broken.socket.close({ code: 1012 })
      while (links.me === broken) await passes(1)
      await page.locator('[data-testid=stream][data-state=live]').waitFor()
      for (let i = 0; i < perPart; i++) {
        const n = totals.calls++
        await goes(turn * 0.3)
        await page.keyboard.press('Control+Shift+KeyT')
        await page.getByTestId('ticket-view').getByTestId('ticket-head').waitFor()
        await page.keyboard.press('Control+Shift+KeyC')
        await page.getByTestId('my-work').waitFor()
        await page.keyboard.press('?')
        await page.getByTestId('phone-codes').waitFor()
        await page.keyboard.press('Escape')
        await page.getByTestId('phone-codes').waitFor({ state: 'detached' })
        const c = call(n, clock.now)
        says('offer.created', c.offer)
        await page.locator('[data-testid=pop][data-stage=ringing]').waitFor()
        await passes(5)
        if (n % 8 === 1) {
          says('offer.missed', { offer: null, activity: idle(clock), availability: { state: 'not_ready', reason: 'missed_call', since: new Date(clock.now).toISOString() } })
          await page.getByTestId('ended').waitFor()
          await page.getByTestId('ready').click()
          says('availability.changed', { availability: { state: 'ready', since: new Date(clock.now).toISOString() } })
          await page.getByTestId('ended').waitFor({ state: 'detached' })
          continue
        }
        await page.getByTestId('accept').click()
        says('call.answered', c.talk)
        await page.getByTestId('actions').waitFor()
        await page.getByTestId('subject').fill(`Нет связи ${n}`)
        await page.getByTestId('note').fill(`Роутер перезагружен ${n}.\nПерезвонить завтра.`)
        await goes(turn * 0.25)
        says('call.held', { activity: { state: 'on_hold', since: new Date(clock.now).toISOString() } })
        await page.locator('[data-testid=hold][aria-pressed=true]').waitFor()
        await page.getByTestId('transfer').click()
        await page.getByTestId('transfer-to-g1').waitFor()
        await page.keyboard.press('Escape')
        says('call.resumed', { activity: c.talk.activity })
        await goes(turn * 0.25)
        says('call.ended', call(n, clock.now).wrapUp)
        await page.locator('[data-testid=wrap-up][data-final=true]').waitFor()
        await page.getByTestId(`disposition-${1 + (n % 6)}`).click()
        await passes(9) // nobody is typing now
        await page.getByTestId('wrap-up-done').click()
        says('wrap_up.finished', { wrap_up: null, activity: idle(clock), recent: [c.recent, ...me.recent].slice(0, 10) })
        await page.getByTestId('my-work').waitFor()
      }
      await page.getByTestId('unsaved').waitFor({ state: 'detached' })
    },
  })
}

function wallDay() {
  const wall = { ...scenes.bigWall(), queues: scenes.bigWall().queues.slice(0, 12), agents: scenes.bigWall().agents.slice(0, 60) }
  const alarms = scenes.alarmed().alarms
  const looks = [['ready', 'idle'], ['ready', 'talking'], ['ready', 'wrap_up'], ['not_ready', 'idle'], ['ready', 'on_hold'], ['ready', 'offered']]
  let n = 0
  /** next is the wall ten seconds on, in which some 80 things have happened: it has each queue's last minutes alone. */
  const next = (now) => {
    n++
    wall.now = new Date(now).toISOString()
    for (let i = 0; i < 80; i++) {
      const a = (n * 7 + i * 101) % wall.agents.length
      const [availability, activity] = looks[(n + i) % looks.length]
      wall.agents[a] = { ...wall.agents[a], availability, activity, since: wall.now }
    }
    wall.queues = wall.queues.map((q, i) => ({ ...q, waiting: (n + i) % 9, longest_since: wall.now, service_level: ((n + i) % 50) / 50, history: [{ at: new Date(now - (now % 60_000)).toISOString(), waiting: (n + i) % 9, service_level: 0.8 }] }))
    wall.line = { ...wall.line, waiting: n % 40, free: 60 + (n % 30), longest_since: wall.now }
    wall.alarms = n % 60 < 30 ? alarms.slice(0, 1 + (n % 3)).map((a) => ({ ...a, id: `${a.rule}-${Math.floor(n / 60)}`, since: wall.now })) : []
    totals.events += 84
    return wall
  }
  return day('the wall', {
    path: '/wall', size: { width: 1920, height: 1080 }, topics: { wall: () => wall },
    rest: { ...scenes.lists, ...desk.directory, 'GET /session': scenes.supervisor, 'GET /calls': scenes.calls, 'GET /bulletins': scenes.bulletins, 'GET /screens': { items: scenes.screens }, 'GET /alarms': scenes.alarms, 'GET /alarms/past': scenes.pastAlarms },
    ready: (page) => page.getByTestId('wall-queue-q11').waitFor({ state: 'attached' }),
    async work({ page, links, passes, clock }) {
      const goes = async (seconds) => {
        for (let left = seconds; left > 0; left -= 10) {
          links.wall.event('wall', 'queue.changed', next(clock.now))
          for (let s = 0; s < Math.min(10, left); s += 2) {
            links.wall.ping()
            await passes(2)
          }
        }
      }
      const opened = async (button, dialog) => {
        await page.getByTestId(button).press('Enter')
        await page.locator('dialog').getByTestId(dialog).first().waitFor()
        await goes(4)
        await page.keyboard.press('Escape')
        await page.locator('dialog').waitFor({ state: 'detached' })
      }
      await goes(part / 2)
      await opened('wall-calls', 'calls')
      await opened('wall-team', 'bulletins')
      await opened('wall-screens', 'screens')
      await page.getByTestId('wall-seek').fill('1')
      await page.getByTestId('wall-grouped').check()
      await goes(10)
      await page.getByTestId('wall-grouped').uncheck()
      await page.getByTestId('wall-seek').fill('')
      await goes(part / 2 - 30)
    },
  })
}

function ticketsDay() {
  let n = 0
  const days = (count) => new Date(Date.now() + count * 86_400_000).toISOString()
  const undue = { clock: { kind: 'resolution', due: days(3), warn_at: days(2), broken: false }, next_at: days(2), promise_due: days(2) } // a row that falls due meanwhile has one mark more at the end
  return day('the tickets', {
    path: '/tickets', size: { width: 1440, height: 900 }, topics: {},
    rest: answering({ ...scenes.lists, ...desk.lists(), 'GET /tickets': desk.paged(47, undue), 'GET /session': desk.ilja, 'POST /notices/seen': {} }, desk.file()),
    ready: (page) => page.getByTestId('ticket-100005').waitFor(),
    async work({ page, links, passes }) {
      const goes = async (seconds) => {
        for (let left = seconds; left > 0; left -= 6) {
          links.tickets.event('tickets', 'ticket.changed', { number: String(100_000 + (totals.events++ % 47)), version: 4 + Math.floor(totals.events / 47) })
          await passes(Math.min(6, left))
        }
      }
      const press = async (...keys) => {
        for (const key of keys) await page.keyboard.press(key)
      }
      const turn = part / perPart
      for (let i = 0; i < perPart; i++, n++) {
        await press('j', 'x', 'x', 'Space')
        await page.getByTestId('preview').getByTestId('ticket-head').waitFor()
        await press('Space')
        links.tickets.event('tickets', 'ticket.notice', { id: 10 + (n % 40), number: String(100_000 + (n % 40)), why: 'assigned', due: null, at: new Date().toISOString() })
        await goes(turn / 2)
        await press('Enter')
        await page.getByTestId('timeline').waitFor()
        await press('n')
        await page.getByTestId('text').fill(`Позвоню мастеру ${n}`)
        await goes(6)
        await press('Control+Enter')
        await page.waitForFunction(() => document.querySelector('[data-testid=text]')?.value === '')
        await press('Escape', 't')
        await page.getByTestId('action-form').waitFor()
        await press('Escape', 'Escape')
        await page.getByTestId('bell').click()
        await page.getByTestId('notices').waitFor()
        await press('Escape')
        await goes(turn / 2 - 6)
        await page.getByTestId('back').click()
        await page.getByTestId('tickets').waitFor()
      }
      await press('Home')
    },
  })
}

const loads = []
for (let i = 0; i < (alone ? 5 : 1); i++) loads.push(await first())
const [load, ready] = [Math.max(...loads.map((l) => l.bytes)), at(loads.map((l) => l.ms), 0.5)]
const times = alone ? await pops(100) : []
const days = {}
for (const [name, run] of Object.entries({ desk: deskDay, wall: wallDay, tickets: ticketsDay })) if (!only || only === name) days[name] = await run()
await browser.close()
await steady.close()
if (load > promised.load) bad.push(`the first load of a desk is ${load} bytes, and may be ${promised.load}`)
if (alone && ready > promised.interactive) bad.push(`a desk can be used after ${ready.toFixed(0)} ms, and may be asked to wait for ${promised.interactive}`)
if (alone && at(times, 0.99) > promised.pop) bad.push(`a pop in a hundred is painted after ${at(times, 0.99).toFixed(0)} ms, and may take ${promised.pop}`)
for (const b of bad) console.log(b)
const figures = {
  load_kB: (load / 1024).toFixed(1), later_kB: (Math.max(...loads.map((l) => l.later)) / 1024).toFixed(1), interactive_ms: ready.toFixed(0), ...(alone && { pop_ms_p50: at(times, 0.5).toFixed(0), pop_ms_p99: at(times, 0.99).toFixed(0), pops: times.length }),
  heap_growth: Math.max(...Object.values(days).map((d) => d.growth)).toFixed(3),
  ...Object.fromEntries(Object.entries(days).flatMap(([name, d]) => [[`${name}_MB`, d.mb.toFixed(1)], [`${name}_growth`, d.growth.toFixed(3)], [`${name}_nodes`, d.nodes], [`${name}_listeners`, d.listeners]])),
  hours, calls: totals.calls, events: totals.events, cpus: cpus().length,
}
console.log(`bench-pages ${Object.entries(figures).map(([k, v]) => `${k}=${v}`).join(' ')}`)
process.exitCode = bad.length ? 1 : 0
