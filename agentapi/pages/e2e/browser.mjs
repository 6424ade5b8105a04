// What every script here needs of a browser. CHROMIUM names another one than the distribution's.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

/**
 * launch starts a Chromium whose microphone beeps once a second, and which asks nobody. It keeps a page silent until something is pressed on it, as
 * people's browsers do, and what Playwright looks up in a page counts as pressed: see asks.
 */
export function launch(args = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
      '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
      ...(process.env.CHROMIUM_ARGS ?? '').split(' ').filter(Boolean).map((a) => a.replaceAll('\u00a0', ' ')), // a hard space is one inside an argument
      ...args,
    ],
  })
}

/** watch collects what a page must not have: errors in its console, and what its Content-Security-Policy refused. */
export function watch(page) {
  const bad = []
  page.on('pageerror', (e) => bad.push(`error: ${e.message}`))
  page.on('console', (m) => {
    const text = m.text()
    if (m.type() !== 'error') return
    if (/Failed to load resource|WebSocket connection to/.test(text)) return // the network's business, shown in the page
    if (text.startsWith("Blocked attempt to show a 'beforeunload'")) return // a page on which nothing was pressed may not ask, and nothing is typed there
    bad.push(`console: ${text}`)
  })
  return bad
}

/** asks evaluates an expression in a page on which nothing counts as pressed by that. */
export async function asks(page, expression) {
  const session = (page.asksBy ??= await page.context().newCDPSession(page))
  const { result, exceptionDetails: wrong } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
  if (wrong) throw new Error(wrong.exception?.description ?? wrong.text)
  return result.value
}

/** tones runs in a page before its own scripts, and notes each tone that it makes: its pitch, whether it is heard, and when in the context's time it is over. */
export function tones() {
  globalThis.tones = []
  const { start, stop } = OscillatorNode.prototype
  const of = new Map()
  OscillatorNode.prototype.start = function (...at) {
    const tone = { hz: Math.round(this.frequency.value), context: this.context, heard: this.context.state === 'running', until: Infinity }
    of.set(this, tone)
    globalThis.tones.push(tone)
    return start.apply(this, at)
  }
  OscillatorNode.prototype.stop = function (at = 0) {
    of.get(this).until = at
    return stop.call(this, at)
  }
}

let axeSource
/** axe checks a page against WCAG 2.2 A and AA; it returns what is wrong, in words. */
export async function axe(page) {
  axeSource ??= await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  if (!(await page.evaluate(() => Boolean(globalThis.axe)))) await page.evaluate(axeSource) // evaluated by the debugger: the page's own policy stays strict
  const found = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    return result.violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.map((n) => `${n.target.join(' ')}: ${n.failureSummary?.split('\n').slice(1).join(';')}`) }))
  })
  return found.map((v) => `${v.id} (${v.impact}): ${v.nodes.slice(0, 4).join(' | ')}`)
}

/** journal prints one JSON line for each step, with the time. */
export function journal() {
  const start = Date.now()
  return (step, more = {}) => console.log(JSON.stringify({ at: new Date().toISOString(), ms: Date.now() - start, step, ...more }))
}
