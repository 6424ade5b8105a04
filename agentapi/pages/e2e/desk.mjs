// The desk of an agent with a phone beside it, worked by a real browser through one call of a caller whom nobody knows: while they talk the customer
// gets a name, the ticket its subject, topic and date, a promise is made, and a department gets it. The wrap-up has all of it. Prints one JSON
// line for each step; exit code 0 only when all went well.
//
//   BASE_URL LOGIN PASSWORD   where, and who (an agent without a seat)
//   LANGUAGE                  ru or en
//   OUT                       folder for pictures; none are taken without it
//   NAME SUBJECT TOPIC        of the customer, and of the ticket; the topic by its id
//   PROMISE DEPARTMENT NOTE   what is promised, whom the ticket is given to, by id, and the note of the call
//   WAIT_S                    patience for the call, 120 by default
//   AXE=0                     leave out the accessibility check
//
// Steps: ready pop talking described planned named promised handed_over reloaded set wrap_up done idle ok
import { mkdir } from 'node:fs/promises'
import { axe, journal, launch, watch } from './browser.mjs'

const env = process.env
const language = env.LANGUAGE ?? 'ru'
const patience = 1000 * Number(env.WAIT_S ?? 120)
const say = journal()
const browser = await launch()
let page
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: language })
  page = await context.newPage()
  page.setDefaultTimeout(40_000)
  const bad = watch(page)
  await page.addInitScript((l) => localStorage.setItem('hotline.language', l), language)
  await page.goto(env.BASE_URL ?? 'http://127.0.0.1:8080')
  await page.getByTestId('login').fill(env.LOGIN ?? '')
  await page.getByTestId('password').fill(env.PASSWORD ?? '')
  await page.getByTestId('sign-in').click()
  await page.getByTestId('start-shift').click()
  await page.getByTestId('my-work').waitFor()
  await page.getByTestId('no-work').waitFor()
  await page.locator('[data-testid=ready]:not(:disabled)').click()
  await page.locator('[data-testid=availability][data-state=ready]').waitFor()
  say('ready')

  await page.locator('[data-testid=pop][data-stage=ringing]').waitFor({ timeout: patience })
  say('pop', { match: await page.getByTestId('pop-match').getAttribute('data-match') })
  await page.locator('[data-testid=pop][data-stage=talking]').waitFor({ timeout: patience })
  await page.getByTestId('do-hand_over').waitFor()
  const number = await page.getByTestId('ticket').getAttribute('data-number')
  say('talking', { number })

  // The subject has the focus: whoever begins to type writes it.
  await page.keyboard.type(env.SUBJECT)
  await saved()
  await page.getByTestId('ticket').getByLabel(language === 'ru' ? 'Раздел' : 'Topic').selectOption(env.TOPIC)
  await saved()
  say('described')
  await command('plan', async (form) => form.getByTestId('field-next').fill(inDays(2)))
  say('planned')
  await name()
  say('named')
  await command('promise', async (form) => {
    await form.getByTestId('field-what').fill(env.PROMISE)
    await form.getByTestId('field-due').fill(inDays(1))
  })
  await page.getByTestId('promise-1').waitFor()
  say('promised')
  await page.getByTestId('do-hand_over').click()
  await page.getByTestId('action-form').getByTestId('field-note').fill('half a question')
  await page.getByTestId('note').fill(env.NOTE)
  await accessible('talking')
  await picture('talking')

  // The page crashes in the midst of it, and what was typed is there again.
  await page.reload()
  await page.getByTestId('action-form').waitFor()
  await same(page.getByTestId('field-note'), 'half a question')
  await same(page.getByTestId('note'), env.NOTE)
  await same(page.getByTestId('subject'), env.SUBJECT)
  say('reloaded')
  await page.getByTestId('action-form').locator('select').first().selectOption(env.DEPARTMENT)
  await page.getByTestId('action-form').getByTestId('field-next').fill(inDays(3))
  await page.getByTestId('action-send').click()
  await page.getByTestId('action-form').waitFor({ state: 'detached' })
  await page.locator('[data-testid=ticket-phase][data-phase=open]').waitFor()
  say('handed_over')
  say('set') // the caller may hang up

  await page.locator('[data-testid=wrap-up][data-final=true]').waitFor({ timeout: patience })
  await page.locator('[data-code=handed_over][aria-checked=true]').waitFor()
  await page.getByTestId('stays').waitFor()
  await same(page.getByTestId('note'), env.NOTE)
  await same(page.getByTestId('subject'), env.SUBJECT)
  await accessible('wrap-up')
  await picture('wrap-up')
  say('wrap_up')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+Enter') // one key finishes it
  say('done')
  await page.locator('[data-testid=activity][data-state=idle]').waitFor()
  await page.getByTestId('my-work').waitFor()
  await accessible('idle')
  await picture('idle')
  say('idle')
  if (bad.length) throw new Error(bad.join('; '))
  say('ok', { number })
} catch (e) {
  await picture('failed').catch(() => {})
  say('failed', { why: e.message, text: await page?.locator('body').innerText().catch(() => '') })
  process.exitCode = 1
} finally {
  await browser.close()
}

/** saved waits until nothing of the description is unsaved. */
async function saved() {
  await page.locator('[data-testid=subject][data-state=saved]').waitFor()
}

async function command(which, fill) {
  await page.getByTestId(`do-${which}`).click()
  const form = page.getByTestId('action-form')
  await fill(form)
  await page.getByTestId('action-send').click()
  await form.waitFor({ state: 'detached' })
}

/** name writes down who calls. */
async function name() {
  const panel = page.getByTestId('customer-panel')
  await panel.getByTestId('customer-change').or(panel.getByTestId('customer-new')).click()
  await panel.getByTestId('customer-name').fill(env.NAME)
  await panel.getByTestId('customer-save').click()
  await panel.getByTestId('customer-name-shown').getByText(env.NAME).waitFor()
}

/** inDays is a date as an input has it. */
function inDays(n) {
  const two = (x) => String(x).padStart(2, '0')
  const d = new Date(Date.now() + n * 86_400_000)
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T10:00`
}

async function same(field, want) {
  const is = await field.inputValue()
  if (is !== want) throw new Error(`it says ${JSON.stringify(is)}, and not ${JSON.stringify(want)}`)
}

async function accessible(where) {
  if (env.AXE === '0') return
  const wrong = await axe(page)
  if (wrong.length) throw new Error(`axe, ${where}: ${wrong.join('; ')}`)
}

async function picture(name) {
  if (!env.OUT || !page) return
  await mkdir(env.OUT, { recursive: true })
  await page.screenshot({ path: `${env.OUT}/desk-${name}-${language}.png`, fullPage: true })
}
