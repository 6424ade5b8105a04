// Presses each key that desk, lists and ticket know, in a real Chromium, and looks what comes of it: `node dev/keys.mjs` after a build. Which keys there are is asked of the
// maps (src/lib/keys.ts, src/tickets/keys.ts) and of the pages' own help: one that is in either and is not pressed here fails, and so does one that is pressed and is in neither.
import { readFile } from 'node:fs/promises'
import { runnerImport } from 'vite'
import { launch, watch } from '../e2e/browser.mjs'
import { origin, serve } from './server.mjs'
import * as scenes from './scenes.mjs'
import * as desk from './tickets.mjs'

const source = async (file) => (await runnerImport(`./src/${file}.ts`, { configFile: false, logLevel: 'error' })).module
const { actions, caption, defaults } = await source('lib/keys')
const { listKeys, ticketKeys } = await source('tickets/keys')

const browser = await launch(['--autoplay-policy=no-user-gesture-required'])
const bad = []
let pressed = 0

/** sees opens a page, lets `act` press something, and fails where what must come of that does not. */
async function sees(what, { path, me, account, rest }, act) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en' })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const wrong = watch(page)
  const asked = [] // of REST, as "POST /tickets/bulk", with the body
  const links = {}
  const answers = { ...scenes.lists, ...desk.beside, ...desk.lists(), 'GET /session': account, 'GET /targets': scenes.targets, 'GET /tickets/100237/file': desk.inCall, 'DELETE /session': {}, ...rest }
  await serve(page, {
    rest: new Proxy(answers, { get: (all, key) => (asked.push(key), all[key]) }),
    stream: { subscribed: (topic, l) => ((links[topic] = l), l.snapshot(topic, topic === 'me' ? me : {})) },
  })
  await page.addInitScript(() => localStorage.setItem('hotline.language', 'en'))
  try {
    await page.goto(origin + path)
    await act({
      page,
      there: (id) => page.getByTestId(id).first().waitFor(),
      gone: (id) => page.getByTestId(id).first().waitFor({ state: 'detached' }),
      asks: (key) => until(() => asked.includes(key), `nobody asks ${key}, but ${asked.slice(-5)}`),
      again: (key, act) => again(asked, key, act),
      sends: (name) => until(() => links.me.commands.some((c) => c.name === name), () => `it does not send ${name}, but ${links.me.commands.map((c) => c.name)}`),
    })
    pressed++
  } catch (e) {
    bad.push(`${what}: ${e.message.split('\n')[0]}`)
  }
  bad.push(...wrong.map((w) => `${what}: ${w}`))
  await context.close()
}

async function until(is, otherwise) {
  for (const end = Date.now() + 30_000; !is(); await new Promise((r) => setTimeout(r, 20)))
    if (Date.now() > end) throw new Error(typeof otherwise === 'string' ? otherwise : otherwise())
}

async function again(asked, key, act) {
  const before = asked.filter((a) => a === key).length
  await act()
  await until(() => asked.filter((a) => a === key).length > before, `${key} is not asked again`)
}

/** same fails where one list names what the other does not. */
function same(what, known, tried) {
  for (const k of known) if (!tried.includes(k)) bad.push(`${what}: ${k} is not pressed here`)
  for (const k of tried) if (!known.includes(k)) bad.push(`${what}: ${k} is no key any more`)
}

// ---- the desk: by its action, in which state the key is pressed, and what comes of it

const idle = () => scenes.me()
const chord = (action) => `Control+Shift+${defaults[action]}`
const onDesk = {
  accept: [scenes.ringing, (p) => p.sends('offer.accept')],
  decline: [scenes.ringing, (p) => p.sends('offer.decline')],
  hold: [scenes.talking, (p) => p.sends('call.hold')],
  record: [() => scenes.recorded({ state: 'on' }), (p) => p.sends('call.record')],
  state: [idle, (p) => p.there('reason-break')],
  next: [idle, (p) => p.there('ticket-view')],
  previous: [idle, (p) => p.gone('ticket-view'), ['next']],
  call: [scenes.talking, (p) => p.gone('ticket-view'), ['next']],
  sign_out: [idle, async (p) => { await p.sends('agent.sign_out'); await p.there('login') }],
  transfer: [scenes.talking, (p) => p.there('transfer-number')],
  swap: [() => scenes.consults('talks'), (p) => p.sends('call.swap')],
  join: [() => scenes.consults('talks'), (p) => p.sends('call.join')],
  complete: [() => scenes.consults('talks'), (p) => p.sends('call.complete')],
  take_back: [() => scenes.consults('talks'), (p) => p.sends('call.take_back')],
  supervisor: [scenes.talking, (p) => p.sends('call.help')],
}
/** What is pressed where only a talk through the page itself gives it sense: with a real phone, in the script of that name. */
const elsewhere = { mute: 'e2e/seat.mjs' }

/** By what the help says of them: the state, what is pressed, and what comes of it. */
const alsoOnDesk = {
  '1 8': [
    [scenes.wrapUp, ...[1, 2, 3, 4, 5, 6].map((n) => [`Digit${n}`, (p) => p.page.locator(`[data-testid=disposition-${n}][aria-checked=true]`).waitFor()])],
    [scenes.wrapUp, ['Numpad2', (p) => p.page.locator('[data-testid=disposition-2][aria-checked=true]').waitFor()]],
    [scenes.talking, ['Digit1', (p) => p.sends('call.link')]],
  ],
  T: [[scenes.talking, ['KeyT', (p) => p.there('field-note')]]],
  P: [[scenes.talking, ['KeyP', (p) => p.there('field-what')]]],
  D: [[scenes.talking, ['KeyD', (p) => p.there('field-next')]]],
  W: [[scenes.talking, ['KeyW', (p) => p.there('field-until')]]],
  S: [[scenes.talking, ['KeyS', (p) => p.there('field-answer')]]],
  'Ctrl Enter': [[scenes.wrapUp, ['Digit1', (p) => p.page.locator('[data-testid=disposition-1][aria-checked=true]').waitFor()], ['Control+Enter', (p) => p.sends('wrap_up.finish')]]],
  '?': [[idle, ['?', (p) => p.there('phone-codes')]], [idle, ['F1', (p) => p.there('phone-codes')]]],
}

/** settled waits until a desk shows its state, with the focus where nothing is typed. */
async function settled(p, me) {
  if (me.activity.state === 'idle') {
    await p.page.getByTestId('start-shift').click()
    await p.there('my-work')
  } else await p.there(me.offer ? 'accept' : 'actions')
  await p.page.keyboard.press('Escape')
}

const shown = []
await sees('the help of the desk', { path: '/desk', me: idle(), account: scenes.account }, async (p) => {
  await p.page.getByTestId('keys').click()
  await p.there('phone-codes')
  shown.push(...(await p.page.locator('dialog table').first().locator('tr').evaluateAll((rows) => rows.map((r) => [...r.querySelectorAll('kbd')].map((k) => k.textContent.trim()).join(' ')))))
})
same('the desk', [...actions], [...Object.keys(onDesk), ...Object.keys(elsewhere)])
same('the help of the desk', [...new Set(shown)], [...actions.map((a) => `Ctrl Shift ${caption(defaults[a])}`), ...Object.keys(alsoOnDesk)])
for (const [action, [state, comes, before = []]] of Object.entries(onDesk)) {
  const me = state()
  await sees(`${action} on the desk`, { path: '/desk', me, account: scenes.account }, async (p) => {
    await settled(p, me)
    for (const b of before) {
      await p.page.keyboard.press(chord(b))
      await onDesk[b][1](p)
    }
    await p.page.keyboard.press(chord(action))
    await comes(p)
  })
}
for (const [action, script] of Object.entries(elsewhere)) if (!(await readFile(script, 'utf8')).includes(chord(action))) bad.push(`${action}: ${script} does not press ${chord(action)}`)
for (const [keys, states] of Object.entries(alsoOnDesk))
  for (const [state, ...presses] of states) {
    const me = state()
    await sees(`${keys} on the desk`, { path: '/desk', me, account: scenes.account }, async (p) => {
      await settled(p, me)
      for (const [key, comes] of presses) {
        await p.page.keyboard.press(key)
        await comes(p)
      }
    })
  }

// ---- the lists and a ticket: by the code of each key, what comes of it, and what is pressed before

const chosen = (number) => (p) => p.page.locator(`#row-${number}.chosen`).waitFor()
const path = (to) => (p) => p.page.waitForURL((url) => url.pathname === to)
const form = (p) => p.there('action-form')
const inList = {
  KeyJ: [chosen(100001)], ArrowDown: [chosen(100001)], KeyK: [chosen(100000), 'KeyJ'], ArrowUp: [chosen(100000), 'KeyJ'],
  End: [chosen(100046)], Home: [chosen(100000), 'End'],
  Enter: [path('/tickets/100000')], KeyO: [path('/tickets/100000')],
  KeyX: [(p) => p.page.locator('#row-100000[aria-selected=true]').waitFor()], Space: [(p) => p.there('preview')],
  KeyG: ['GET /tickets'], KeyA: [(p) => p.asks('POST /tickets/bulk')],
  KeyT: [form], KeyW: [form], KeyD: [form], KeyN: [form],
  Slash: [(p) => p.page.locator('[data-testid=search]:focus').waitFor()], '?': [(p) => p.page.locator('dialog').waitFor()],
}
const inTicket = {
  KeyN: [(p) => p.page.locator('[data-testid=text]:focus').waitFor()], KeyR: [async (p) => { await p.page.locator('[data-testid=text]:focus').waitFor(); await p.there('template') }],
  KeyA: [(p) => p.asks('POST /tickets/100005/take')],
  KeyT: [form], KeyW: [form], KeyP: [form], KeyD: [form], KeyS: [form], KeyC: [form], KeyL: [form],
  KeyU: [path('/tickets')], KeyJ: [path('/tickets/100006')], KeyK: [path('/tickets/100004')],
  'Control+Enter': [(p) => p.asks('POST /tickets/100005/note'), 'KeyN', 'x'],
}
/** Pressed here, and in no map: they are read by rules of their own. */
const ruled = ['Slash', '?', 'Control+Enter']
const captionOf = (code) => ({ Space: '␣', Slash: '/', 'Control+Enter': 'Ctrl Enter' })[code] ?? caption(code)
const file = (n) => desk.file({}, { number: String(n), owner: 'p2', owner_name: 'Мария Котова' })
const rest = {
  ...Object.fromEntries([100000, 100004, 100005, 100006].flatMap((n) => [[`GET /tickets/${n}/file`, file(n)], [`POST /tickets/${n}/take`, file(n)], [`POST /tickets/${n}/note`, file(n)]])),
  'POST /tickets/bulk': { items: [{ number: '100000', ok: true, version: 4 }] },
}
/** atTickets opens the list, and where it is asked for a ticket from it. */
const atTickets = (what, ticket, act) => sees(what, { path: '/tickets', account: desk.ilja, rest }, async (p) => {
  await p.there('ticket-100005')
  await chosen(100000)(p)
  if (ticket) {
    await p.page.getByTestId(`ticket-${ticket}`).dblclick()
    await p.there('timeline')
  }
  await act(p)
})

const sections = []
await atTickets('the help of the lists', null, async (p) => {
  await p.page.keyboard.press('?')
  await p.page.locator('dialog dt').first().waitFor()
  sections.push(...(await p.page.locator('dialog section').evaluateAll((all) => all.map((s) => [...s.querySelectorAll('dt')].map((d) => [...d.querySelectorAll('kbd')].map((k) => k.textContent.trim()))))))
})
for (const [what, keys, tried, told] of [['the lists', listKeys, inList, sections[0] ?? []], ['a ticket', ticketKeys, inTicket, sections[1] ?? []]]) {
  same(what, [...Object.keys(keys), ...ruled.filter((r) => r in tried)], Object.keys(tried))
  const captions = told.flatMap((t) => (t[0] === 'Ctrl' ? [t.join(' ')] : t))
  if (!captions.length) bad.push(`${what}: the help names no key`)
  for (const c of captions) if (!Object.keys(tried).some((code) => captionOf(code) === c)) bad.push(`${what}: the help names ${c}, which is not pressed here`)
  for (const [code, [comes, ...before]] of Object.entries(tried))
    await atTickets(`${code} in ${what}`, tried === inTicket ? 100005 : null, async (p) => {
      for (const b of before) await p.page.keyboard.press(b)
      if (typeof comes === 'string') await p.again(comes, () => p.page.keyboard.press(code))
      else {
        await p.page.keyboard.press(code)
        await comes(p)
      }
    })
}

await browser.close()
for (const b of bad) console.log(b)
console.log(bad.length ? `${bad.length} faults` : `all well: ${pressed} presses`)
process.exitCode = bad.length || !pressed ? 1 : 0
