// A server for looking at the pages without a backend: dist under the strict policy, and a stream whose frames the
// scripts of this folder speak. It lives inside the automated browser: no port is opened.
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
export const origin = 'http://localhost:7000'
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self' ws://localhost:*; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }

/** serve answers everything that `page` asks. `rest` maps "GET /phone" to a body or a [status, problem]. */
export async function serve(page, { rest, stream }) {
  await page.route(`${origin}/**`, async (route) => {
    const url = new URL(route.request().url())
    if (url.pathname.startsWith('/api/v1')) {
      const key = `${route.request().method()} ${url.pathname.slice(7)}`
      const answer = typeof rest[key] === 'function' ? rest[key](route.request()) : rest[key]
      if (answer === undefined) return route.fulfill({ status: 404, contentType: 'application/problem+json', body: '{"code":"not_found"}' })
      if (Array.isArray(answer) && typeof answer[0] === 'number')
        return route.fulfill({ status: answer[0], contentType: 'application/problem+json', body: JSON.stringify(answer[1]) })
      return route.fulfill({ contentType: 'application/json', body: JSON.stringify(answer) })
    }
    const path = normalize(url.pathname)
    const file = /^\/(desk|wall|screen|tickets|customers|calls|reports|hooks|history|adherence|scores|voicemails)?(\/[0-9a-z-]*)?$/.test(path) ? 'index.html' : path
    try {
      await route.fulfill({
        body: await readFile(join(dist, file)),
        contentType: types[extname(file)] ?? 'application/octet-stream',
        headers: { 'content-security-policy': policy, 'x-content-type-options': 'nosniff' },
      })
    } catch {
      await route.fulfill({ status: 404, body: 'not found' })
    }
  })
  await page.routeWebSocket('**/api/v1/stream', (socket) => {
    const seq = {}
    const say = (frame) => socket.send(JSON.stringify(frame))
    const link = {
      socket,
      commands: [],
      snapshot: (topic, data) => say({ t: 'snapshot', id: '1', topic, seq: (seq[topic] = (seq[topic] ?? 0) + 1), data }),
      event: (topic, type, data) =>
        say({ t: 'event', topic, seq: (seq[topic] = (seq[topic] ?? 0) + 1), id: 'e', type, at: new Date().toISOString(), data }),
      ping: () => say({ t: 'ping', n: 1 }),
    }
    socket.onMessage((text) => {
      const f = JSON.parse(String(text))
      if (f.t === 'subscribe') for (const topic of f.topics) stream.subscribed?.(topic, link)
      if (f.t === 'cmd') {
        link.commands.push(f)
        const problem = stream.command?.(f.name, f.data, link)
        say(problem ? { t: 'ack', id: f.id, problem } : { t: 'ack', id: f.id, ok: true })
      }
    })
    say({ t: 'hello', conn: 'c', epoch: 'e', ping_s: 20, retain_s: 600, now: new Date().toISOString() })
    stream.opened?.(link)
  })
}
