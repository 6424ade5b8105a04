// The reader's seat, worked by a real browser: sign in, start the shift, ready, the pop, accept, audio both ways, the
// hang-up, wrap-up. Prints one JSON line for each step; exit code 0 only when all went well.
//
//   BASE_URL LOGIN PASSWORD   where, and who (an agent with a seat)
//   LANGUAGE                  ru or en
//   OUT                       folder for pictures; none are taken without it
//   TONE_HZ                   the tone that the caller plays; without it any sound will do
//   EXPECT                    a JSON object of what the pop must show: name, match, number, path, ticket, queue (substrings)
//   HOLD_S                    put the caller on hold by key, and take them back by the button after so many seconds
//   HANG_UP=1                 the seat hangs up, once it has heard enough; else it waits for the caller to
//   TALK_S                    seconds of talk to measure, 3 by default
//   DISPOSITION NOTE          the number of the disposition (1), and the note
//   CALL_BACK=1               call the caller from the list of recent calls once the wrap-up is done, and hang up again
//   RELOAD=1                  reload the page in the wrap-up: pop and note must be there again; later on the page of tickets: the desk must go on
//   WAIT_S                    patience for the call, 120 by default
//   AXE=0                     leave out the accessibility check
//
// Steps: signed_in shift_started registered ready pop_frame invite pop accepted talking heard on_hold resumed heard_again hung_up wrap_up done idle calls heard_back called_back signed_out ok
import { mkdir } from 'node:fs/promises'
import { axe, journal, launch, watch } from './browser.mjs'
import { ears, hear } from './ears.mjs'

const env = process.env
const base = env.BASE_URL ?? 'http://127.0.0.1:8080'
const language = env.LANGUAGE ?? 'en'
const patience = 1000 * Number(env.WAIT_S ?? 120)
const talk = 1000 * Number(env.TALK_S ?? 3)
const tone = env.TONE_HZ ? Number(env.TONE_HZ) : null
const expected = JSON.parse(env.EXPECT ?? '{}')
const note = env.NOTE ?? (language === 'ru' ? 'Проверка рабочего места: всё слышно.' : 'Seat check: all is heard.')
const say = journal()

const browser = await launch()
let page, wrapUp
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: language, permissions: ['microphone'] })
  page = await context.newPage()
  page.setDefaultTimeout(40_000)
  const bad = watch(page)
  await page.addInitScript((l) => localStorage.setItem('hotline.language', l), language)
  await page.addInitScript(ears)
  watchFrames(page)

  await page.goto(base)
  await page.getByTestId('login').fill(env.LOGIN ?? '')
  await page.getByTestId('password').fill(env.PASSWORD ?? '')
  await page.getByTestId('sign-in').click()
  await page.getByTestId('start-shift').waitFor()
  say('signed_in', { language: await page.evaluate(() => document.documentElement.lang) })
  await page.getByTestId('start-shift').click()
  await page.getByTestId('idle').waitFor()
  say('shift_started')
  await page.locator('[data-testid=phone][data-state=registered]').waitFor({ timeout: 60_000 })
  say('registered')
  await accessible('idle')
  await page.locator('[data-testid=ready]:not(:disabled)').click({ timeout: 60_000 })
  await page.locator('[data-testid=availability][data-state=ready]').waitFor()
  say('ready')

  const pop = page.getByTestId('pop')
  await pop.waitFor({ timeout: patience })
  const shown = await readPop()
  say('pop', shown)
  await picture('ringing')
  await page.getByTestId('accept').click()
  say('accepted')
  for (const [key, want] of Object.entries(expected))
    if (!String(shown[key] ?? '').includes(want)) throw new Error(`the pop shows ${key} ${JSON.stringify(shown[key])}, expected ${JSON.stringify(want)}`)
  await page.locator('[data-testid=pop][data-stage=talking]').waitFor()
  say('talking')

  const sound = await hear(page, { tone, least: talk, patience: 40_000 + talk })
  say('heard', sound)
  await accessible('talking')
  await picture('talking')
  if (env.HOLD_S) await hold(1000 * Number(env.HOLD_S))
  wrapUp = page.locator('[data-testid=wrap-up][data-final=true]')
  if (env.HANG_UP === '1')
    await page.getByTestId('hang-up').click({ timeout: 5000 }).catch(async (e) => {
      if (!(await wrapUp.count())) throw e // the caller was faster
    })
  await wrapUp.waitFor({ timeout: patience })
  say('hung_up')

  // Chosen now, it holds once the wrap-up is done: no other call comes in between.
  await page.getByTestId('not-ready').click()
  await page.getByTestId('reason-break').click()
  await page.getByTestId(`disposition-${env.DISPOSITION ?? 1}`).click()
  await page.getByTestId('note').fill(note)
  await accessible('wrap-up')
  await picture('wrap-up')
  if (env.RELOAD === '1') {
    await page.reload()
    await wrapUp.waitFor()
    await pop.waitFor()
    if ((await page.getByTestId('note').inputValue()) !== note) throw new Error('the note did not survive the reload')
    say('reloaded')
  }
  say('wrap_up', { disposition: await page.locator('[data-testid^=disposition-][aria-checked=true]').getAttribute('data-code') })
  await page.getByTestId('wrap-up-done').click()
  say('done')
  await page.locator('[data-testid=activity][data-state=idle]').waitFor()
  say('idle')
  if (env.CALL_BACK === '1') await callBack()
  if (env.RELOAD === '1') {
    await page.goto(base + '/tickets') // as a reload there: the shift goes on, and the phone can be rung
    await page.locator('[data-testid=phone][data-state=registered]').waitFor({ state: 'attached', timeout: 60_000 })
    await page.goto(base + '/desk')
    await page.locator('[data-testid=activity][data-state=idle]').waitFor()
    say('desk_kept')
  }
  await page.getByTestId('not-ready').click()
  await page.getByTestId('sign-out').click()
  await page.getByTestId('login').waitFor()
  say('signed_out')
  if (bad.length) throw new Error(bad.join('; '))
  say('ok')
} catch (e) {
  await picture('failed').catch(() => {})
  say('failed', { why: e.message, text: await page?.locator('body').innerText().catch(() => '') })
  process.exitCode = 1
} finally {
  await browser.close()
}

/** The seat calls who called: its own phone answers by itself, and the customer's rings then. */
async function callBack() {
  await page.locator('.recent [data-testid^=call-]').first().click()
  await page.getByTestId('reason-none').click()
  await page.locator('[data-testid=pop][data-stage=talking]').waitFor()
  say('calls')
  say('heard_back', await hear(page, { tone, least: 2 * talk, patience: 40_000 + 2 * talk }))
  await page.getByTestId('hang-up').click()
  await wrapUp.waitFor({ timeout: patience })
  await page.getByTestId(`disposition-${env.DISPOSITION ?? 1}`).click()
  await page.getByTestId('wrap-up-done').click()
  await page.locator('[data-testid=activity][data-state=idle]').waitFor()
  say('called_back')
}

async function hold(length) {
  await page.keyboard.press('Escape') // the subject has the focus, and keys are off while typing
  await page.keyboard.press('Control+Shift+KeyH')
  await page.locator('[data-testid=activity][data-state=on_hold]').waitFor()
  await page.getByTestId('held').waitFor()
  say('on_hold')
  await accessible('on hold')
  await picture('on-hold')
  await page.waitForTimeout(length)
  await page.locator('[data-testid=hold][aria-pressed=true]').click()
  await page.locator('[data-testid=activity][data-state=talking]').waitFor()
  if (await page.getByTestId('held').count()) throw new Error('the page still says that the caller is on hold')
  say('resumed')
  await mute()
  await keysAndTargets()
  say('heard_again', await hear(page, { tone, least: talk, patience: 40_000 + talk })) // the customer may hang up then
}

/** The microphone is off by its key, and on again. */
async function mute() {
  for (const is of [true, false]) {
    await page.keyboard.press('Control+Shift+KeyM')
    await page.locator(`[data-testid=mute][aria-pressed=${is}]`).waitFor()
  }
}

/** The keypad presses a key, and the dialog of a transfer lists where the caller may be sent, and sends nobody before it is told to. */
async function keysAndTargets() {
  await page.getByTestId('keypad-open').click()
  await page.getByTestId('key-7').click()
  await page.getByTestId('keypad-pressed').filter({ hasText: '7' }).waitFor()
  await accessible('keypad')
  await picture('keypad')
  await page.getByTestId('keypad-open').click()
  await page.getByTestId('transfer').click()
  const send = page.getByTestId('transfer-send')
  await page.getByTestId('transfer-to-support').waitFor()
  if (await send.isEnabled()) throw new Error('a caller can be sent nowhere')
  await page.getByTestId('transfer-to-support').check()
  if (!(await send.isEnabled())) throw new Error('a caller cannot be sent to the queue that was chosen')
  await accessible('transfer')
  await picture('transfer')
  await page.keyboard.press('Escape')
  await send.waitFor({ state: 'detached' })
  say('targets')
}

/** The frames' own times: the pop must be on its way before the phone's INVITE. */
function watchFrames(page) {
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      const text = String(payload)
      if (text.includes('"offer.created"')) {
        const frame = JSON.parse(text)
        say('pop_frame', { call: frame.call ?? frame.data?.offer?.call, offer: frame.data?.offer?.id })
      } else if (text.startsWith('INVITE ')) say('invite')
    }),
  )
}

async function readPop() {
  const text = async (id) => (await page.getByTestId(id).count()) ? (await page.getByTestId(id).first().innerText()).replace(/\s+/g, ' ').trim() : ''
  return {
    call: await page.getByTestId('pop').getAttribute('data-call'),
    name: await text('pop-name'),
    match: await page.getByTestId('pop-match').getAttribute('data-match'),
    number: (await text('pop-number')) || (await text('pop-name')), // an unknown caller's number stands as the name
    queue: await text('pop-queue'),
    path: await text('pop-path'),
    open: await text('pop-open'),
    ticket: (await page.getByTestId('ticket').count()) ? await page.getByTestId('ticket').getAttribute('data-number') : '',
  }
}

async function accessible(where) {
  if (env.AXE === '0') return
  const wrong = await axe(page)
  if (wrong.length) throw new Error(`axe, ${where}: ${wrong.join('; ')}`)
  say('accessible', { where })
}

async function picture(name) {
  if (!env.OUT || !page) return
  await mkdir(env.OUT, { recursive: true })
  await page.screenshot({ path: `${env.OUT}/seat-${name}-${language}.png` })
}
