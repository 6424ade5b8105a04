// A supervisor with a seat, in a real browser: from the wall they listen to an agent's call, whisper, speak with both, and leave.
//
//   BASE_URL LOGIN PASSWORD   where, and who
//   LANGUAGE                  ru or en
//   AGENT                     who talks
//   STAY_S                    how long each manner lasts
//
// Steps: signed_in listens whispers speaks accessible left ok
import { axe, journal, launch, watch } from './browser.mjs'

const env = process.env
const say = journal()
const browser = await launch()
let page
try {
  const context = await browser.newContext({ viewport: { width: 1600, height: 1000 }, locale: env.LANGUAGE ?? 'en', permissions: ['microphone'] })
  page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const bad = watch(page)
  await page.addInitScript((l) => localStorage.setItem('hotline.language', l), env.LANGUAGE ?? 'en')
  await page.goto(`${env.BASE_URL}/wall`)
  await page.getByTestId('login').fill(env.LOGIN)
  await page.getByTestId('password').fill(env.PASSWORD)
  await page.getByTestId('sign-in').click()
  await page.locator(`[data-testid="wall-agent-${env.AGENT}"][data-look="talking"]`).waitFor()
  say('signed_in')
  const strip = (manner) => page.locator(`[data-testid="oversight"][data-manner="${manner}"]`)
  const stay = () => page.waitForTimeout(1000 * Number(env.STAY_S ?? 5))

  await page.getByTestId(`wall-act-${env.AGENT}`).focus() // by keyboard
  await page.keyboard.press('Enter')
  await page.getByTestId('agent-listen').focus()
  await page.keyboard.press('Enter')
  await strip('listen').waitFor()
  await page.getByTestId(`wall-heard-${env.AGENT}`).waitFor()
  say('listens')
  await stay()
  await page.getByTestId('oversight-whisper').click()
  await strip('whisper').waitFor()
  say('whispers')
  await stay()
  await page.getByTestId('oversight-speak').click()
  await strip('speak').waitFor()
  say('speaks')
  const wrong = await axe(page)
  if (wrong.length) throw new Error(`axe: ${wrong.join('; ')}`)
  say('accessible')
  await stay()
  await page.getByTestId('oversight-stop').click()
  await page.getByTestId('oversight').waitFor({ state: 'detached' })
  say('left')
  if (bad.length) throw new Error(bad.join('; '))
  say('ok')
} catch (e) {
  say('failed', { why: e.message, text: await page?.locator('body').innerText().catch(() => '') })
  process.exitCode = 1
} finally {
  await browser.close()
}
