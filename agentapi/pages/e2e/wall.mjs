// The wall in a real browser, with a supervisor's account: waits for live numbers, checks texts, takes a picture.
//
//   BASE_URL LOGIN PASSWORD   where, and who
//   LANGUAGE                  ru or en
//   OUT                       folder for the picture
//   TEXT                      a text that must come to stand on the wall; several are parted by |
//   ASK WHY                   an agent who is busy with a call then, and a text in the story of it
//   AT_LEAST                  a JSON object of figures to wait for, as {"calls": 3, "signed_in": 6}
//   WAIT_S                    patience, 60 by default
//   LIVE_S                    how long the wall must then stay live without a break, 5 by default
//   AXE=0                     leave out the accessibility check
//
// Steps: signed_in live numbers texts why steady accessible ok
import { mkdir } from 'node:fs/promises'
import { axe, journal, launch, watch } from './browser.mjs'

const env = process.env
const language = env.LANGUAGE ?? 'en'
const patience = 1000 * Number(env.WAIT_S ?? 60)
const say = journal()
const browser = await launch()
let page
try {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: language })
  page = await context.newPage()
  page.setDefaultTimeout(40_000)
  const bad = watch(page)
  await page.addInitScript((l) => localStorage.setItem('hotline.language', l), language)
  let wall = null
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      const frame = JSON.parse(String(payload))
      if (frame.topic !== 'wall' || !frame.data) return
      wall = frame.t === 'snapshot' ? frame.data : { ...wall, ...frame.data, line: { ...wall?.line, ...frame.data.line } } // an event brings what has changed
    }),
  )

  await page.goto(`${env.BASE_URL ?? 'http://127.0.0.1:8080'}/wall`)
  await page.getByTestId('login').fill(env.LOGIN ?? '')
  await page.getByTestId('password').fill(env.PASSWORD ?? '')
  await page.getByTestId('sign-in').click()
  await page.getByTestId('wall-waiting').waitFor({ timeout: patience })
  say('signed_in')
  const first = wall?.now
  await until(() => wall && wall.now !== first)
  say('live', { line: wall.line, queues: wall.queues.length, agents: wall.agents.length })

  const least = JSON.parse(env.AT_LEAST ?? '{}')
  await until(() => Object.entries(least).every(([k, v]) => (wall.line[k] ?? 0) >= v), () => `waited for ${env.AT_LEAST}, the wall has ${JSON.stringify(wall.line)}`)
  // What stands on the page is what came: read again until both agree, for the next frame may slip in between.
  await until(async () => (await page.getByTestId('wall-free').innerText()) === String(wall.line.free) && (await page.getByTestId('wall-waiting').innerText()) === String(wall.line.waiting))
  say('numbers', { line: wall.line })

  for (const text of (env.TEXT ?? '').split('|').filter(Boolean)) await page.getByText(text).first().waitFor({ timeout: patience })
  say('texts')
  if (env.ASK) {
    await why()
    say('why')
  }
  // A busy machine may bring a frame late, and the wall then says so.
  let since = Date.now()
  await until(
    async () => {
      if (await page.getByTestId('wall-stale').count()) since = Date.now()
      return Date.now() - since >= 1000 * Number(env.LIVE_S ?? 5)
    },
    () => 'the wall goes stale again and again',
  )
  say('steady')
  if (env.AXE !== '0') {
    const wrong = await axe(page)
    if (wrong.length) throw new Error(`axe: ${wrong.join('; ')}`)
    say('accessible')
  }
  await picture('wall')
  if (bad.length) throw new Error(bad.join('; '))
  say('ok')
} catch (e) {
  await picture('wall-failed').catch(() => {})
  say('failed', { why: e.message, text: await page?.locator('body').innerText().catch(() => '') })
  process.exitCode = 1
} finally {
  await browser.close()
}

/** why asks, by keyboard alone, how the agent's call was routed, and then who waits. */
async function why() {
  await page.getByTestId(`wall-why-${env.ASK}`).press('Enter')
  await page.getByTestId('story').getByText(env.WHY ?? '').first().waitFor()
  const wrong = env.AXE === '0' ? [] : await axe(page)
  if (wrong.length) throw new Error(`axe: ${wrong.join('; ')}`)
  await page.keyboard.press('Enter') // the focus is on the way back
  await page.getByTestId('calls-none').or(page.getByTestId('calls')).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

async function until(condition, why = () => 'waited too long') {
  const end = Date.now() + patience
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(why())
    await page.waitForTimeout(100)
  }
}

async function picture(name) {
  if (!env.OUT || !page) return
  await mkdir(env.OUT, { recursive: true })
  await page.screenshot({ path: `${env.OUT}/${name}-${language}.png` })
}
