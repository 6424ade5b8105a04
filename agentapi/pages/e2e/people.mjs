// Several people at the pages of tickets in one real browser, each signed in by themselves, in a language of their own. They do what they are told,
// line by line: a JSON object on the standard input is one thing that somebody does, {"n": 1, "do": "act", "who": "gleb", …}, and is answered by the
// line {"step": "1", "value": …}, or {"step": "1", "error": …}. What can be done are the functions of `verbs` below.
//
// Things are found by what people and their screen readers find them by: role, and the name that src/texts has for it.
//
//   BASE_URL   where
//   OUT        folder for a picture of each page on which something failed
//   WAIT_S     patience, 60 by default
import { mkdir, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { runnerImport } from 'vite'
import { asks, axe, launch, tones, watch } from './browser.mjs'
import { ears, hear } from './ears.mjs'

const env = process.env
const base = env.BASE_URL
const patience = 1000 * Number(env.WAIT_S ?? 60)
const texts = { en: (await source('texts/en')).en, ru: (await source('texts/ru')).ru }
const { first, forms, later, offered, beside } = await source('tickets/forms')
const { when } = await source('lib/format')
/** source is a module of the pages' own, so that what is looked for is what they show. */
async function source(file) {
  return (await runnerImport(`./src/${file}.ts`, { configFile: false, logLevel: 'error' })).module
}

const browser = await launch()
/** Who has which page: name → { page, t, language, bad, login }. Two tabs of one person are two names. */
const people = new Map()

const verbs = {
  /** enter signs somebody in, and opens a path. */
  async enter({ who, login, password, language, path }) {
    await people.get(who)?.page.context().close()
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: language, serviceWorkers: 'block' })
    await context.addInitScript((l) => localStorage.setItem('hotline.language', l), language)
    await context.addInitScript(ears)
    await context.addInitScript(tones)
    const p = await tab(who, context, language)
    await p.page.goto(base + path)
    await p.page.getByLabel(p.t.sign_in.login, { exact: true }).fill(login)
    await p.page.getByLabel(p.t.sign_in.password, { exact: true }).fill(password)
    await p.page.getByRole('button', { name: p.t.sign_in.submit, exact: true }).click()
    await p.page.getByLabel(p.t.sign_in.login, { exact: true }).waitFor({ state: 'detached' })
    await stays(p)
  },

  /** faces opens a page on which nobody signs in, in a browser of its own; sounds that it makes are counted. */
  async faces({ who, language, path }) {
    const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: language })
    await context.addInitScript(tones)
    const p = await tab(who, context, language)
    await p.page.goto(base + path)
    await stays(p)
  },

  /** sounded waits until a page has made a sound that is heard. */
  async sounded({ who }) {
    await until(() => asks(people.get(who).page, 'tones.some((t) => t.heard)'), `${who} has heard nothing`)
  },

  /** rings waits until a desk rings so that it is heard; or looks that it is silent now, and stays so for longer than the pause in a ring is. */
  async rings({ who, is = true }) {
    const { page } = people.get(who)
    const begun = (which) => asks(page, `tones.filter((t) => t.hz === 523${which}).length`)
    if (is) {
      const before = await begun(' && t.heard')
      return until(async () => (await begun(' && t.heard')) > before, `${who} does not hear it ring`)
    }
    if (await begun(' && t.until > t.context.currentTime')) throw new Error(`${who} hears it ring on`)
    const before = await begun('')
    await page.waitForTimeout(3500)
    if ((await begun('')) > before) throw new Error(`it rings again at ${who}'s`)
  },

  /** untouched waits until a page shows what has a test id, its title begins so, and, where it is asked for, its talk is played, while nothing is pressed on it. */
  async untouched({ who, id, title = '', plays = false }) {
    const seen = `({ there: Boolean(document.querySelector('[data-testid="${id}"]')?.checkVisibility()), title: document.title, plays: [...document.querySelectorAll('audio')].some((a) => a.srcObject && !a.paused) })`
    let is
    await until(
      async () => {
        is = await asks(people.get(who).page, seen)
        return is.there && is.title.startsWith(title) && (!plays || is.plays)
      },
      () => `${who} has ${JSON.stringify(is)}, and not ${id}`,
    )
  },

  /** taps clicks where nothing is. */
  async taps({ who }) {
    await people.get(who).page.mouse.click(3, 890)
  },

  /** keys presses keys, one after the other, wherever the focus is. */
  async keys({ who, keys }) {
    const { page } = people.get(who)
    for (const key of keys) await page.keyboard.press(key)
  },

  /** shown is the text of what has a test id, as soon as it stands there. */
  async shown({ who, id }) {
    return people.get(who).page.getByTestId(id).first().innerText()
  },

  /** fills types into fields by their test ids, chooses in lists and checks boxes. */
  async fills({ who, fields }) {
    for (const [id, value] of Object.entries(fields)) {
      const field = people.get(who).page.getByTestId(id)
      if (typeof value === 'boolean') await field.setChecked(value)
      else if ((await field.evaluate((e) => e.tagName)) === 'SELECT') await field.selectOption(value)
      else await field.fill(value)
    }
  },

  /** tab opens another tab of somebody's, under another name. */
  async tab({ who, as, path }) {
    const { page, language } = people.get(who)
    const p = await tab(as, page.context(), language)
    await p.page.goto(base + path)
    await stays(p)
  },

  /** open goes to a path, by the address line, and reload is the browser's; after them nothing counts as pressed where it is to be untouched. */
  async open({ who, path, untouched = false }) {
    const p = people.get(who)
    await p.page.goto(base + path)
    if (!untouched) await stays(p)
  },
  async reload({ who, untouched = false }) {
    const p = people.get(who)
    await p.page.reload()
    if (!untouched) await stays(p)
  },

  /** closes closes somebody's tab, without a question. */
  async closes({ who }) {
    await people.get(who).page.close({ runBeforeUnload: false })
  },

  /** clicks presses what has a test id, within what has another where it is named. */
  async clicks({ who, button, within }) {
    const { page } = people.get(who)
    await (within ? page.getByTestId(within) : page).getByTestId(button).click()
  },

  /** stands waits until what has a test id stands on the page, once, and says this of itself. */
  async stands({ who, id, is }) {
    const all = people.get(who).page.getByTestId(id)
    let shown
    await until(
      async () => {
        shown = await all.evaluateAll((es) => es.map((e) => ({ ...e.dataset })))
        return shown.length === 1 && Object.entries(is ?? {}).every(([name, value]) => shown[0][name] === value)
      },
      () => `${who} has ${JSON.stringify(shown)}, and not ${id} ${JSON.stringify(is ?? {})}`,
    )
  },

  /** gone waits until nothing has a test id any more. */
  async gone({ who, id }) {
    await people.get(who).page.getByTestId(id).waitFor({ state: 'detached' })
  },

  /** listens waits until a seat's phone hears a tone, and the other side is sent its microphone. */
  listens: ({ who, tone }) => hear(people.get(who).page, { tone, least: 1000, patience }),

  /** finds waits until a ticket stands in the list that is shown, letting in what is new, and opens it. */
  async finds({ who, number }) {
    const { page, t } = people.get(who)
    const row = page.getByRole('row').filter({ hasText: shown(number) }).first()
    await until(async () => {
      const fresh = page.getByTestId('fresh')
      if (await fresh.count()) await fresh.click({ timeout: 1000 }).catch(() => {})
      return (await row.count()) > 0
    }, `${number} is not in the list of ${who}`)
    await row.dblclick()
    await page.getByRole('region', { name: t.tickets.actions, exact: true }).waitFor()
  },

  /** act gives a command on a ticket's page: its button, what is typed into its form, and the button that sends it unless it is to be kept. */
  async act({ who, command, fields, keep = false }) {
    const p = people.get(who)
    const t = p.t.tickets
    const given = forms[command].length ? null : answered(p, command)
    await (await button(p, command)).click()
    await given
    await fill(p, command, fields)
    if (forms[command].length && !keep) await verbs.send({ who, command })
  },

  /** send sends the form that is open, and waits until it is gone. */
  async send({ who, command, again = false, refused = false }) {
    const { page, t } = people.get(who)
    const form = page.getByTestId('action-form')
    await form.getByRole('button', { name: again ? t.tickets.stale_again : t.tickets.commands[command] }).click()
    if (refused) await page.getByRole('region', { name: t.tickets.actions, exact: true }).getByRole('alert').first().waitFor()
    else await form.waitFor({ state: 'detached' })
  },

  /** offeredFirst are the choices that a field of the form that is open has before all others, as those to which the ticket goes on. */
  async offeredFirst({ who, command, field }) {
    const { page, t } = people.get(who)
    const group = labelled(page.getByTestId('action-form'), t, command, field).locator(`optgroup[label="${t.tickets.goes_on_to}"]`)
    await group.first().waitFor({ state: 'attached' })
    return group.locator('option').evaluateAll((all) => all.map((o) => o.value))
  },

  /** typed is what stands in the form that is open, or in an editor. */
  async typed({ who, command, field, editor }) {
    const { page, t } = people.get(who)
    if (editor) return page.getByRole('textbox', { name: t.tickets[`${editor}_tab`], exact: true }).inputValue()
    return labelled(page.getByTestId('action-form'), t, command, field).inputValue()
  },

  /** write types a note, or an answer to the customer, and presses a button ("send_note", "send_answer", "send_solve") unless none is named. */
  async write({ who, editor, text, send = '', refused = false }) {
    const { page, t } = people.get(who)
    await page.getByRole('tab', { name: t.tickets[`${editor}_tab`] }).click()
    const box = page.getByRole('textbox', { name: t.tickets[`${editor}_tab`], exact: true })
    if (text !== undefined) await box.fill(text)
    if (!send) return
    await page.getByRole('button', { name: t.tickets[send] }).click()
    if (refused) await page.getByTestId('editor').getByRole('alert').first().waitFor()
    else await until(async () => (await box.inputValue()) === '', `${who} cannot send: ${send}`)
  },

  /** shows waits until the page of each of some people shows a ticket as the server tells it to them: its phase, owner and date, and what they may do. It gives what that is. */
  async shows({ who, number, live = true }) {
    const all = await Promise.all(who.map(async (w) => [w, await showsOne(w, number, live)]))
    return Object.fromEntries(all)
  },

  /** reads waits until a text stands on the page; a text that begins with "t:" is one of src/texts. */
  async reads({ who, text, within = 'main' }) {
    const { page, t } = people.get(who)
    const sought = text.startsWith('t:') ? text.slice(2).split('.').reduce((at, key) => at[key], t) : text
    await until(async () => (await page.locator(`${within}:visible`).first().innerText()).includes(sought), `${who} does not read ${JSON.stringify(sought)}`)
  },

  /** hears plays a caller's message by the keyboard, and gives how many seconds it lasts; or waits until the page says what is wrong with it. */
  async hears({ who, wrong }) {
    const { page, t } = people.get(who)
    const player = page.getByTestId('message').locator('audio').first()
    await player.focus()
    await page.keyboard.press('Space')
    if (wrong) return page.getByRole('alert').filter({ hasText: t.tickets.message_wrong[wrong] }).waitFor()
    await until(() => player.evaluate((a) => a.currentTime > 0, null, { timeout: 1000 }), `${who} hears nothing`)
    return player.evaluate((a) => a.duration)
  },

  /** voicemails waits until the page Voicemails, to which somebody goes where they are elsewhere, shows so many to be done, and so many that are done. */
  async voicemails({ who, todo, done }) {
    const { page } = people.get(who)
    if (new URL(page.url()).pathname !== '/voicemails') await page.getByTestId('go-voicemails').click()
    const shown = (list) => page.getByTestId(list).locator('[data-row]').count()
    await until(async () => (await shown('todo')) === todo && (await shown('done')) === done, async () => `${who} sees ${await shown('todo')} to be done and ${await shown('done')} done`)
  },

  /** heeds hears the first voicemail, by the keyboard. */
  async heeds({ who }) {
    const { page } = people.get(who)
    await page.locator('body').press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByTestId('play').press('Enter')
    await until(async () => Number(await page.getByTestId('player').getAttribute('data-at')) > 0.5, `${who} hears nothing`)
  },

  /** callsBack calls the number of the first voicemail, by a click. */
  callsBack: async ({ who, number, reason }) => {
    await people.get(who).page.getByTestId(`call-${number}`).first().click()
    await people.get(who).page.getByTestId(`reason-${reason || 'none'}`).click()
  },

  /** marks says by the keyboard that the first voicemail of a list is done, or is not. */
  async marks({ who, list }) {
    const { page } = people.get(who)
    await page.getByTestId(list).locator('[data-row] button').first().focus()
    await page.keyboard.press('d')
  },

  /** plays plays a recording on a call's page: by its button, by keys, faster; and gives the places at which it was. Where it stands is in the address. */
  async plays({ who }) {
    const { page } = people.get(who)
    const player = page.getByTestId('player')
    const at = async () => Number(await player.getAttribute('data-at'))
    await page.getByTestId('course-part').waitFor()
    const begun = await at()
    await page.getByTestId('speed').selectOption('2')
    await page.getByTestId('play').click()
    await until(async () => (await at()) > begun + 0.5, `${who} hears nothing`)
    const fast = await player.locator('audio').evaluate((a) => a.playbackRate)
    await page.getByTestId('play').click()
    const wave = page.getByTestId('wave')
    await wave.focus()
    await page.keyboard.press('Home')
    await until(async () => (await at()) === 0, `${who} is not at the beginning`)
    await page.keyboard.press('ArrowRight')
    const five = await at()
    const address = new URL(page.url()).hash
    await page.getByTestId('skip').check()
    await wave.focus()
    await page.keyboard.press('Space')
    await until(async () => (await at()) > 15, `${who} hears the silence`) // from 6 to 16 s nobody speaks
    const skipped = await player.locator('audio').evaluate((a) => [...Array(a.played.length)].some((_, i) => a.played.start(i) < 10 && a.played.end(i) > 11))
    await page.keyboard.press('Space')
    return { begun, fast, five, address, heardSilence: skipped, drawn: (await wave.locator('path').first().getAttribute('d')).length, said: await wave.getAttribute('aria-valuetext') }
  },

  /** counts says how often a text stands in a ticket's story. */
  async counts({ who, text }) {
    const { page, t } = people.get(who)
    const story = page.getByRole('region', { name: t.tickets.story, exact: true })
    return (await story.innerText()).split(text).length - 1
  },

  /** noticed waits until somebody's bell tells of a ticket. */
  async noticed({ who, number }) {
    const { page, t } = people.get(who)
    const bell = page.getByRole('button', { name: new RegExp(`^${t.tickets.notices}`) })
    await until(async () => {
      if ((await bell.getAttribute('aria-expanded')) !== 'true') await bell.click()
      return (await page.locator('body').innerText()).includes(shown(number))
    }, `${who} is not told of ${number}`)
    await page.keyboard.press('Escape')
  },

  /** allows lets the system show somebody's notices. A browser without a screen has none: it is given some that only are noted. */
  async allows({ who }) {
    const { page, t } = people.get(who)
    await page.context().addInitScript(() => {
      globalThis.shown = []
      globalThis.Notification = class {
        static permission = 'default'
        static requestPermission = async () => (this.permission = 'granted')
        constructor(title) {
          globalThis.shown.push(title)
        }
      }
    })
    await page.reload()
    await page.getByRole('button', { name: new RegExp(`^${t.tickets.notices}`) }).click()
    await page.getByTestId('notices-allow').click()
    await page.getByTestId('notices-allow').waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await stays(people.get(who))
  },

  /** leaves looks at something else than the page, or at it again. */
  async leaves({ who, is }) {
    await people.get(who).page.evaluate((is) => Object.defineProperty(document, 'visibilityState', { value: is ? 'hidden' : 'visible', configurable: true }), is)
  },

  /** shownBySystem waits until the system has shown a notice of a ticket. */
  async shownBySystem({ who, number }) {
    const { page } = people.get(who)
    await until(() => page.evaluate((n) => globalThis.shown.some((title) => title.includes(n)), shown(number)), `the system shows ${who} nothing of ${number}`)
  },

  /** offline takes somebody's network away, or gives it back. */
  async offline({ who, is }) {
    await people.get(who).page.context().setOffline(is)
  },

  /** deaf lets the server's next answer to a command be lost on its way, which the server has carried out. */
  async deaf({ who, command }) {
    const { page } = people.get(who)
    await page.route(`**/api/v1/tickets/*/${command}`, async (route) => {
      await route.fetch()
      await route.abort('connectionreset')
    }, { times: 1 })
  },

  /** blind keeps a page from reading its ticket again, until it has tried to and sees again: its person has not seen what has happened then. */
  async blind({ who }) {
    const p = people.get(who)
    p.missed = 0
    await p.page.route('**/api/v1/tickets/*/file', (route) => {
      p.missed++
      return route.abort('connectionreset')
    })
  },
  async sees({ who }) {
    const p = people.get(who)
    await until(() => p.missed > 0, `the page of ${who} is told of nothing`)
    await p.page.unroute('**/api/v1/tickets/*/file')
  },

  /** shift begins an agent's shift at the desk, ready for calls at a phone beside it. */
  async shift({ who }) {
    const { page, t } = people.get(who)
    await page.getByRole('button', { name: t.shift.start, exact: true }).click()
    // Who has been ready before is so again, and has nothing to press.
    await page.getByRole('button', { name: t.state.set_ready, exact: true }).first().click({ timeout: 10_000 }).catch(() => {})
    await page.locator('[data-testid=availability][data-state=ready]').waitFor()
  },

  /** talks waits until the desk shows a talk, and gives the number of its ticket. */
  async talks({ who }) {
    const { page, t } = people.get(who)
    if (new URL(page.url()).pathname !== '/desk') await page.getByRole('link', { name: t.menu.desk, exact: true }).click()
    await page.locator('[data-testid=pop][data-stage=talking]').waitFor()
    return page.locator('[data-testid=ticket][data-number]').first().getAttribute('data-number')
  },

  /** chooses picks a topic for the ticket of the talk. */
  async chooses({ who, topic }) {
    const { page, t } = people.get(who)
    await page.getByTestId('ticket').getByLabel(t.tickets.fields.topic, { exact: true }).selectOption(topic)
  },

  /** unsaved waits until the desk shows that something is not saved, which a text is part of; or, where none is named, until nothing is. */
  async unsaved({ who, text }) {
    const { page } = people.get(who)
    const notice = page.getByTestId('unsaved')
    if (text) await notice.filter({ hasText: text }).waitFor()
    else await notice.waitFor({ state: 'detached' })
  },

  /** notes types a note of the call, and sends nothing. */
  async notes({ who, text }) {
    await people.get(who).page.getByTestId('note').fill(text)
  },

  /** saves sends what is unsaved. */
  async saves({ who }) {
    const { page, t } = people.get(who)
    await page.getByTestId('unsaved').getByRole('button', { name: t.wrap_up.retry, exact: true }).click()
  },

  /** ends presses for the end of the shift; it is asked about what is unsaved, and stays. It gives what it is asked about. */
  async ends({ who }) {
    const { page, t } = people.get(who)
    await page.getByTestId('not-ready').click()
    await page.getByTestId('sign-out').click()
    const asked = await page.getByTestId('unsent').innerText()
    await page.getByRole('button', { name: t.work.stay, exact: true }).click()
    return asked.replaceAll('\u202f', '')
  },

  /** helped is the customer's word on an answer, given on the desk by the one button that it has. */
  async helped({ who, is }) {
    const p = people.get(who)
    const asked = p.page.getByTestId('did-it-help')
    const given = answered(p, is ? 'confirm' : 'reopen')
    await asked.getByRole('button', { name: is ? p.t.work.it_helped : p.t.work.not_helped, exact: true }).click()
    await given
    await asked.waitFor({ state: 'detached' })
    await until(() => p.page.evaluate(() => document.activeElement !== document.body), `${who} has lost the focus with the button that was pressed`)
  },

  /** finish ends the wrap-up at the desk. */
  async finish({ who, disposition, note }) {
    const { page, t } = people.get(who)
    await page.locator('[data-testid=wrap-up][data-final=true]').waitFor()
    await page.locator(`[role=radio][data-code=${disposition}]`).click()
    await page.getByLabel(t.wrap_up.note, { exact: true }).fill(note)
    await page.getByRole('button', { name: t.wrap_up.done }).click()
    await page.locator('[data-testid=activity][data-state=idle]').waitFor()
  },

  /** imports opens the dialog of files of customers, by the keyboard. */
  async imports({ who }) {
    const { page } = people.get(who)
    await page.getByTestId('import').press('Enter')
    await page.getByRole('dialog').waitFor()
  },

  /** brings chooses a file in that dialog. */
  async brings({ who, name, text }) {
    await people.get(who).page.getByTestId('import-file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
  },

  /** holds says in it what a column of the file holds. */
  async holds({ who, column, as }) {
    const { page, t } = people.get(who)
    await page.getByLabel(t.customers.imports.holds_of(column), { exact: true }).selectOption(as)
  },

  /** presses presses a button of the dialog, by the keyboard. */
  async presses({ who, button, of }) {
    const { page, t } = people.get(who)
    const name = t.customers.imports[button]
    await page.getByRole('dialog').getByRole('button', { name: of ? name(of) : name, exact: true }).press('Enter')
  },

  /** imported waits until the dialog says how far an import is, and so many rows at least, which stands there in the last ones; whoever works by the keyboard is in the dialog still. */
  async imported({ who, state, rows = 0 }) {
    const { page, t } = people.get(who)
    const is = page.getByTestId('import-state')
    await is.filter({ hasText: t.customers.imports.states[state] }).filter({ hasText: t.customers.imports.rows(rows) }).waitFor()
    await until(() => page.evaluate(() => document.querySelector('dialog[open]').contains(document.activeElement)), `${who} has lost the place of the keyboard`)
    if (state === 'importing' && !(await page.getByTestId('import-progress').evaluate((p) => p.position > 0 && p.position < 1))) throw new Error('no progress is seen')
  },

  /** unfinished gives what the dialog lists of imports that are not over. */
  async unfinished({ who }) {
    const { page } = people.get(who)
    await page.locator('[data-testid=import-state][aria-busy=false]').waitFor()
    return (await page.getByTestId('imports-open').getByRole('listitem').allInnerTexts()).join('\n')
  },

  /** refused gives the table of rows that are not taken. */
  async refused({ who }) {
    const { page } = people.get(who)
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('import-table').press('Enter')])
    return readFile(await file.path(), 'utf8')
  },

  /** follow goes where a link leads, within the page. */
  async follow({ who, text }) {
    const { page, t } = people.get(who)
    const name = text.startsWith('t:') ? text.slice(2).split('.').reduce((at, key) => at[key], t) : text
    await page.getByRole('link', { name: new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`) }).first().click()
  },

  /** sound looks a page over as soon as it has its heading: everybody can use it, nothing is cut off at its side. */
  async sound({ who }) {
    const { page } = people.get(who)
    await page.locator('h1').first().waitFor({ state: 'attached' })
    const wrong = await axe(page)
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (over > 0) wrong.push(`the page is ${over} pixels too wide`)
    if (wrong.length) throw new Error(wrong.join('; '))
  },

  /** troubles are what pages must not have: errors, refused scripts, dialogs. */
  troubles: async () => [...people].flatMap(([who, p]) => p.bad.map((b) => `${who}: ${b}`)),
}

async function tab(who, context, language) {
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  const p = { page, language, t: texts[language], bad: watch(page) }
  page.on('dialog', (d) => {
    if (d.type() === 'beforeunload') return void d.accept() // whoever leaves a page is asked, and means it here
    p.bad.push(`dialog: ${d.message()}`)
    void d.dismiss()
  })
  people.set(who, p)
  return p
}

/** stays marks a page, so that one which was loaded anew meanwhile is found out. */
const stays = (p) => p.page.evaluate(() => void (globalThis.stays = true))

/** answered waits until the server has answered a command. */
const answered = (p, command) => p.page.waitForResponse((r) => r.request().method() === 'POST' && new URL(r.url()).pathname.endsWith(`/${command}`))

const shown = (number) => String(number).replace(/(\d{3})(?=\d)/g, '$1\u202f')

/** button is the one that begins a command: above the ticket, under "more", or beside what it is about. */
async function button({ page, t }, command) {
  const kind = Object.keys(beside).find((k) => beside[k].includes(command))
  if (kind) {
    const region = page.getByRole('region', { name: t.tickets[`${kind}s`], exact: true })
    return region.getByRole('button', { name: t.tickets.commands[command], exact: true }).first()
  }
  const actions = page.getByRole('region', { name: t.tickets.actions, exact: true })
  if (later.includes(command)) await openMore(actions, t)
  return actions.getByRole('button', { name: t.tickets.commands[command], exact: true })
}

async function openMore(actions, t) {
  const more = actions.getByRole('button', { name: new RegExp(`^${t.tickets.more_actions}`) })
  if ((await more.getAttribute('aria-expanded')) !== 'true') await more.click()
}

const labelled = (form, t, command, name) => {
  const field = forms[command].find((f) => f.name === name)
  const label = t.tickets.fields[field.label ?? field.name]
  return form.getByLabel(new RegExp(`^\\s*${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*(\\*)?$`))
}

async function fill({ page, t }, command, fields) {
  const form = page.getByTestId('action-form')
  for (const [name, value] of Object.entries(fields ?? {})) {
    const field = forms[command].find((f) => f.name === name)
    const at = labelled(form, t, command, name)
    if (field.kind === 'flag') await at.setChecked(value)
    else if (['department', 'person', 'vendor', 'topic', 'class', 'choice'].includes(field.kind)) await at.selectOption(value)
    else if (field.kind === 'moment') await at.fill(local(value))
    else await at.fill(value)
  }
}

/** local writes a moment as a field for dates has it. */
function local(at) {
  const d = new Date(at)
  return new Date(d - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

async function showsOne(who, number, live) {
  const p = people.get(who)
  const t = p.t.tickets
  const head = p.page.getByTestId('ticket-head')
  const actions = p.page.getByRole('region', { name: t.actions, exact: true })
  let file, wrong
  await until(
    async () => {
      const answer = await p.page.context().request.get(`${base}/api/v1/tickets/${number}/file`)
      if (!answer.ok()) throw new Error(`${who} may not see ${number}: status ${answer.status()}`)
      file = await answer.json()
      const at = file.ticket
      wrong = []
      const text = (await head.innerText({ timeout: 5000 })).replaceAll(/\s+/g, ' ')
      const must = [shown(number), t.phases[at.phase], at.awaits && t.awaits[at.awaits], at.disposition && t.dispositions[at.disposition]]
      if (at.phase !== 'closed') must.push(at.owner_name, at.next_at && when(at.next_at, Date.now(), p.language))
      for (const m of must) if (m && !text.includes(m.replaceAll(/\s+/g, ' '))) wrong.push(`the head lacks ${JSON.stringify(m)}: ${text}`)
      p.person ??= (await (await p.page.context().request.get(`${base}/api/v1/session`)).json()).person
      const may = offered(file, p.person)
      const offers = [...first, ...later].filter((c) => may.includes(c))
      if (later.some((c) => offers.includes(c))) await openMore(actions, p.t)
      const there = (await actions.getByRole('button').allInnerTexts()).map((b) => b.trim()).filter((b) => !b.startsWith(t.more_actions))
      const names = offers.map((c) => t.commands[c])
      const lacks = names.filter((n) => !there.includes(n) && n !== t.commands.split) // which needs two contacts
      const more = there.filter((n) => !names.includes(n))
      if (lacks.length || more.length) wrong.push(`of what ${who} may do the page lacks ${JSON.stringify(lacks)}, and offers besides ${JSON.stringify(more)}`)
      await p.page.keyboard.press('Escape')
      return !wrong.length
    },
    () => `${who} does not see ${number} as it is (${file?.ticket.phase} of ${file?.ticket.owner_name}): ${wrong?.join('; ')}`,
  )
  if (live && !(await p.page.evaluate(() => globalThis.stays))) throw new Error(`the page of ${who} was loaded anew`)
  return { phase: file.ticket.phase, awaits: file.ticket.awaits, owner: file.ticket.owner, escalated: file.ticket.escalated, reopened: file.ticket.reopened, version: file.version, may: file.may }
}

async function until(condition, why) {
  const end = Date.now() + patience
  let failed = ''
  for (;;) {
    try {
      if (await condition()) return
      failed = ''
    } catch (e) {
      failed = ` (${e.message})`
    }
    if (Date.now() > end) throw new Error((typeof why === 'function' ? why() : why) + failed)
    await new Promise((go) => setTimeout(go, 50))
  }
}

async function picture(who) {
  const page = people.get(who)?.page
  if (!page || !env.OUT) return ''
  await mkdir(env.OUT, { recursive: true })
  await page.screenshot({ path: `${env.OUT}/people-failed-${who}.png` }).catch(() => {})
  return [...people.get(who).bad, await page.locator('body').innerText().catch(() => '')].join('\n')
}

const say = (line) => console.log(JSON.stringify(line))
say({ step: 'there' })
for await (const line of createInterface({ input: process.stdin })) {
  const { n, do: what, ...how } = JSON.parse(line)
  const begun = Date.now()
  try {
    say({ step: String(n), do: what, who: how.who, value: await verbs[what](how), took: Date.now() - begun })
  } catch (e) {
    const page = (await Promise.all([how.who].flat().map(picture))).join('\n----\n')
    say({ step: String(n), do: what, who: how.who, error: e.message, page })
  }
}
await browser.close()
process.exit(0)
