// The README's pictures, made from a running demo: the free seat takes real calls, the wall shows the load.
//
//   BASE_URL                               where the demo runs
//   LOGIN PASSWORD                         the free seat
//   SUPERVISOR_LOGIN SUPERVISOR_PASSWORD   for the wall
//   OUT LANGUAGE THEME                     folder; ru or en; light or dark
//   CALLS                                  how many calls to take before, 1 by default; the pictures are of the next known customer
//   WAIT_S                                 patience for a call, and for the wall's staffing line, 180 by default
//
// Writes desk-ringing, desk-talking, desk-wrap-up and wall, as PNG.
import { mkdir } from 'node:fs/promises'
import { journal, launch } from './browser.mjs'

const env = process.env
const base = env.BASE_URL ?? 'http://127.0.0.1:8080'
const out = env.OUT ?? '.'
const language = env.LANGUAGE ?? 'en'
const patience = 1000 * Number(env.WAIT_S ?? 180)
const say = journal()
await mkdir(out, { recursive: true })

const browser = await launch()
try {
  await wall(await visitor(1600, 900))
  await desk(await visitor(1440, 900))
  say('ok')
} catch (e) {
  say('failed', { why: e.message })
  process.exitCode = 1
} finally {
  await browser.close()
}

async function visitor(width, height) {
  const context = await browser.newContext({
    viewport: { width, height }, deviceScaleFactor: 1.5, locale: language, colorScheme: env.THEME === 'dark' ? 'dark' : 'light', permissions: ['microphone'],
  })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  await page.addInitScript((l) => localStorage.setItem('hotline.language', l), language)
  return page
}

async function signIn(page, login, password) {
  await page.getByTestId('login').fill(login ?? '')
  await page.getByTestId('password').fill(password ?? '')
  await page.getByTestId('sign-in').click()
}

async function wall(page) {
  await page.goto(`${base}/wall`)
  await signIn(page, env.SUPERVISOR_LOGIN, env.SUPERVISOR_PASSWORD)
  await page.getByTestId('wall-waiting').waitFor()
  await page.getByTestId('wall-staffing').waitFor({ timeout: patience }) // Hotline looks ahead when calls were seen for 5 min
  await picture(page, 'wall')
}

async function desk(page) {
  await page.goto(base)
  await signIn(page, env.LOGIN, env.PASSWORD)
  await page.getByTestId('start-shift').click()
  await page.locator('[data-testid=ready]:not(:disabled)').click()
  for (let before = Number(env.CALLS ?? 1); !(await call(page, before <= 0)); before--);
  await page.getByTestId('not-ready').click()
  await page.getByTestId('sign-out').click()
  await page.getByTestId('login').waitFor()
}

/** call takes a call, and pictures it if that is wanted and the customer is known; it says whether it did. */
async function call(page, wanted) {
  await page.getByTestId('pop').waitFor({ timeout: patience })
  const last = wanted && (await page.locator('[data-testid=pop-match][data-match=exact]').count()) > 0
  if (last) await picture(page, 'desk-ringing', 640) // what is below is empty
  await page.getByTestId('accept').click()
  await page.locator('[data-testid=pop][data-stage=talking]').waitFor()
  await page.waitForTimeout(3000)
  if (last) await picture(page, 'desk-talking')
  if (await page.getByTestId('hang-up').count()) await page.getByTestId('hang-up').click({ timeout: 3000 }).catch(() => {})
  await page.locator('[data-testid=wrap-up][data-final=true]').waitFor()
  if (last) {
    await page.getByTestId('not-ready').click()
    await page.getByTestId('reason-break').click()
  }
  await page.getByTestId('disposition-1').click()
  await page.getByTestId('note').fill(language === 'ru' ? 'Настроили роутер вместе с клиентом, связь есть.' : 'Set up the router with the customer, the line is fine.')
  if (last) await picture(page, 'desk-wrap-up')
  await page.getByTestId('wrap-up-done').click()
  await page.getByTestId('wrap-up').waitFor({ state: 'detached' })
  return last
}

async function picture(page, name, height) {
  const size = page.viewportSize()
  if (height) await page.setViewportSize({ ...size, height })
  await page.screenshot({ path: `${out}/${name}.png`, animations: 'disabled', fullPage: !height })
  await page.setViewportSize(size)
  say(name)
}
