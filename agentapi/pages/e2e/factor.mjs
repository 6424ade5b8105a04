// The second factor in a real browser, by keyboard alone, with an account whose role needs one: it is turned on after signing in, asked
// for at the next time, and turned on again when it was reset.
//
//   BASE_URL LOGIN PASSWORD   where, and who
//   LANGUAGE                  ru or en
//   OUT                       folder for the pictures
//   WAIT_S                    patience, 60 by default
//
// Steps: led turned_on needed signed_in reset led_again ok
import { createHmac } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { axe, journal, launch, watch } from './browser.mjs'

const env = process.env
const language = env.LANGUAGE ?? 'en'
const say = journal()
const browser = await launch()
let page
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: language })
  page = await context.newPage()
  page.setDefaultTimeout(1000 * Number(env.WAIT_S ?? 60))
  const bad = watch(page)
  await page.addInitScript((l) => localStorage.setItem('hotline.language', l), language)
  await page.goto(env.BASE_URL)

  await signIn()
  await page.getByTestId('factor-password').waitFor()
  say('led')
  await page.keyboard.type(env.PASSWORD) // the field has the focus
  await page.keyboard.press('Enter')
  await page.getByTestId('factor-qr').waitFor()
  await accessible()
  const secret = (await page.getByTestId('factor-secret').innerText()).replaceAll(/\s/g, '')
  await page.keyboard.type('000000')
  await page.keyboard.press('Enter')
  await page.getByTestId('factor-problem').getByText(/\S/).waitFor()
  await page.getByTestId('factor-code').fill('')
  await page.getByTestId('factor-code').press('Home')
  await page.keyboard.type(code(secret, 0))
  await page.keyboard.press('Enter')
  await page.getByTestId('factor-recovery').waitFor()
  await accessible()
  const recovery = await page.getByTestId('factor-recovery').getByRole('listitem').allInnerTexts()
  if (recovery.length !== 10) throw new Error(`${recovery.length} recovery codes`)
  await page.keyboard.press('Enter')
  await page.getByTestId('wall-waiting').waitFor()
  say('turned_on')

  await page.getByTestId('sign-out').press('Enter')
  await signIn()
  await page.getByTestId('code').waitFor()
  await accessible()
  say('needed')
  await page.keyboard.type('000000')
  await page.keyboard.press('Enter')
  await page.getByTestId('problem').getByText(/\S/).waitFor()
  await page.keyboard.type(code(secret, 1)) // the next one, as by a clock that is half a minute early
  await page.keyboard.press('Enter')
  await page.getByTestId('wall-waiting').waitFor()
  await page.getByTestId('password').press('Enter')
  await page.getByTestId('second-factor').waitFor()
  await accessible()
  say('signed_in')

  await page.getByTestId('login').waitFor() // somebody resets it, and so the page is signed out
  say('reset')
  await signIn()
  await page.getByTestId('factor-password').waitFor()
  say('led_again')
  if (bad.length) throw new Error(bad.join('; '))
  say('ok')
} catch (e) {
  if (page && env.OUT) {
    await mkdir(env.OUT, { recursive: true })
    await page.screenshot({ path: `${env.OUT}/factor-failed-${language}.png` }).catch(() => {})
  }
  say('failed', { why: e.message, text: await page?.locator('body').innerText().catch(() => '') })
  process.exitCode = 1
} finally {
  await browser.close()
}

async function signIn() {
  await page.getByTestId('login').fill(env.LOGIN)
  await page.getByTestId('password').fill(env.PASSWORD)
  await page.getByTestId('password').press('Enter')
}

async function accessible() {
  const wrong = await axe(page)
  if (wrong.length) throw new Error(`axe: ${wrong.join('; ')}`)
}

/** code is what an app shows (RFC 6238), some steps of half a minute from now. */
function code(secret, steps) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps))
  const hash = createHmac('sha1', key).update(counter).digest()
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff
  return String(number % 1e6).padStart(6, '0')
}
