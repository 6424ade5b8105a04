// Pictures of every state into dev/pictures, each checked by axe; fails on a violation, a script error or a refused
// inline. `node dev/look.mjs desk-ringing ru dark` makes only what matches all the words;
// FULL=1 shows pages down to their ends; ONLY=tickets,customer makes those of these names alone, and PAIRS=ru-light,en-dark those in these languages and
// themes; OUT is another folder, and WAIT_S another patience. A state is come to once in each language, and seen in both themes; AT_ONCE is how many are
// looked at at once, 2 by default.
import { mkdir } from 'node:fs/promises'
import { asks, axe, launch, watch } from '../e2e/browser.mjs'
import { origin, serve } from './server.mjs'
import * as scenes from './scenes.mjs'
import * as desk from './tickets.mjs'
import * as people from './customers.mjs'
import * as told from './reports.mjs'
import * as was from './calls.mjs'
import * as past from './history.mjs'
import * as shifts from './adherence.mjs'
import * as reviews from './scores.mjs'
import * as untaken from './hooks.mjs'
import * as messages from './voicemails.mjs'

const wanted = process.argv.slice(2)
const only = process.env.ONLY?.split(',')
const pairs = process.env.PAIRS?.split(',')
const out = process.env.OUT ? `${process.env.OUT}/` : new URL('./pictures/', import.meta.url).pathname
await mkdir(out, { recursive: true })

const shift = (page) => page.getByTestId('start-shift').click()
/** readable fails where a large screen scrolls, or a figure on it is less than 40 px of 1080 high: on 55 inches that is 25 mm, which is read from 5 m. */
async function readable(p) {
  await p.getByTestId('screen').waitFor()
  await p.waitForTimeout(300)
  const wrong = await p.evaluate(() => {
    const all = [...document.querySelectorAll('.big, .line dd')].map((e) => parseFloat(getComputedStyle(e).fontSize))
    const cut = [...document.querySelectorAll('.tile')].filter((e) => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1).length
    const scrolls = document.documentElement.scrollHeight > innerHeight || document.querySelector('.screen').scrollHeight > innerHeight
    return scrolls || cut || Math.min(...all) < 40 ? `scrolls ${scrolls}, ${cut} tiles are cut, the least figure is ${Math.min(...all)} px` : ''
  })
  if (wrong) throw new Error(wrong)
}
/** shiftOn runs in a page before its own scripts, which then find that its tab has begun a shift before it was loaded again. */
const shiftOn = `sessionStorage.setItem('hotline.person', ${JSON.stringify(scenes.account.id)}); sessionStorage.setItem('hotline.shift', 'on')`
const shots = {
  'sign-in': { path: '/', out: true },
  'sign-in-wrong': { path: '/', out: true, rest: { 'POST /session': [401, { code: 'wrong_login' }] }, async act(p) { await p.getByTestId('login').fill('vera'); await p.getByTestId('password').fill('x'); await p.getByTestId('sign-in').click(); await p.getByText(/Неверное|Wrong/).waitFor() } },
  'sign-in-code': { path: '/', out: true, rest: { 'POST /session': [401, { code: 'second_factor_needed' }] }, async act(p) { await p.getByTestId('login').fill('vera'); await p.getByTestId('password').fill('x'); await p.getByTestId('sign-in').click(); await p.getByTestId('code').waitFor() } },
  'second-factor-due': { path: '/desk', rest: { 'GET /session': { ...scenes.account, second_factor_due: true } }, act: (p) => p.getByTestId('factor-password').waitFor() },
  'second-factor-scan': { path: '/desk', rest: { 'GET /session': { ...scenes.account, second_factor_due: true }, ...scenes.secondFactor }, async act(p) { await p.getByTestId('factor-password').fill('x'); await p.keyboard.press('Enter'); await p.getByTestId('factor-qr').waitFor() } },
  'second-factor-recovery': { path: '/desk', rest: { 'GET /session': { ...scenes.account, second_factor_due: true }, ...scenes.secondFactor }, async act(p) { await p.getByTestId('factor-password').fill('x'); await p.keyboard.press('Enter'); await p.getByTestId('factor-code').fill('123456'); await p.keyboard.press('Enter'); await p.getByTestId('factor-recovery').waitFor() } },
  'second-factor-off': { path: '/desk', me: () => scenes.me(), rest: { 'GET /session': { ...scenes.account, second_factor: true } }, async act(p) { await shift(p); await p.getByTestId('password').click(); await p.getByTestId('factor-turn').press('Enter'); await p.getByTestId('factor-code').waitFor() } },
  // The desk, between calls and in one.
  'desk-shift': { path: '/desk', me: () => scenes.me({ availability: { state: 'signed_out', since: new Date().toISOString() } }) },
  'desk-idle': { path: '/desk', me: () => scenes.me(), act: shift },
  'desk-call-why': { path: '/desk', me: () => scenes.me(), async act(p) { await shift(p); await p.getByTestId('typed-number').fill('8 912 345-67-89'); await p.locator('.typed .call').click(); await p.getByTestId('reason-answer').waitFor() } },
  'desk-not-ready': { path: '/desk', me: () => scenes.me({ availability: { state: 'not_ready', reason: 'lunch', since: new Date(Date.now() - 1e6).toISOString() } }), async act(p) { await shift(p); await p.getByTestId('not-ready').click() } },
  'desk-ringing': { path: '/desk', me: () => scenes.me(), async act(p, link) { await shift(p); await p.getByTestId('idle').waitFor(); const m = scenes.ringing(); link().event('me', 'offer.created', { offer: m.offer, activity: m.activity }); await p.getByTestId('pop').waitFor() } },
  'desk-hostile': { path: '/desk', me: () => scenes.ringing(scenes.hostile), act: (p) => p.getByTestId('pop').waitFor() },
  // A tab in which the shift was not begun shows a call first, and where it is begun below that.
  'desk-unbegun': { path: '/desk', me: () => scenes.ringing(), unbegun: true, async act(p) { await p.getByTestId('pop').waitFor(); const [call, begin] = [await p.getByTestId('pop').boundingBox(), await p.getByTestId('start-shift').boundingBox()]; if (call.y + call.height > begin.y) throw new Error('the call stands below where the shift is begun') } },
  'desk-several': { path: '/desk', me: () => scenes.ringing(scenes.several), act: (p) => p.getByTestId('pop').waitFor() },
  'desk-talking': { path: '/desk', me: () => scenes.talking(), act: (p) => p.getByTestId('actions').waitFor() },
  'desk-on-hold': { path: '/desk', me: () => scenes.onHold(), act: (p) => p.getByTestId('held').waitFor() },
  ...Object.fromEntries(['rings', 'talks', 'swapped'].map((state) => [`desk-consult-${state}`, { path: '/desk', me: () => scenes.consults(state), act: (p) => p.getByTestId('consult').waitFor() }])),
  'desk-conference-one': { path: '/desk', me: () => scenes.confers(1), act: (p) => p.getByTestId('conference').waitFor() },
  'desk-conference-full': { path: '/desk', me: () => scenes.confers(3), act: (p) => p.getByTestId('conference').waitFor() },
  'desk-conference-invites': { path: '/desk', me: () => scenes.invites(), act: (p) => p.getByTestId('conference').waitFor() },
  'desk-conference-guest': { path: '/desk', me: () => scenes.confers(2, { consult: true }), act: (p) => p.getByTestId('conference').waitFor() },
  'desk-transfer': { path: '/desk', me: () => scenes.talking(), rest: { 'GET /targets': scenes.targets }, async act(p) { await p.getByTestId('transfer').click(); await p.getByTestId('transfer-to-g1').waitFor() } },
  // An extension is found while somebody seeks, and is nobody's number outside; who has one and cannot be reached is said.
  'desk-transfer-extension': { path: '/desk', me: () => scenes.confers(1), rest: { 'GET /targets': scenes.targets }, async act(p, link) {
    await p.getByTestId('invite').click(); await p.getByTestId('transfer-find').fill('10'); await p.getByTestId('transfer-to-technical').waitFor({ state: 'detached' })
    if ((await p.getByRole('radio').count()) !== 4) throw new Error('not only those are shown whose extension begins so, and the field for a number')
    await p.getByTestId('transfer-number').fill('103'); await p.getByTestId('transfer-extension').getByText('Мария Котова').waitFor()
    if (await p.getByTestId('consult-send').isEnabled()) throw new Error('somebody who talks can be invited by their extension')
    await p.getByTestId('transfer-number').fill('102'); await p.getByTestId('transfer-extension').getByText('Илья Громов').waitFor()
    await p.getByTestId('consult-send').click()
    while (!link().commands.length) await p.waitForTimeout(20)
    const sent = link().commands[0]
    if (sent.name !== 'call.consult' || sent.data.agent !== 'g1' || sent.data.number) throw new Error(`${sent.name} ${JSON.stringify(sent.data)}`)
    await p.getByTestId('invite').click(); await p.getByTestId('transfer-number').fill('103'); await p.getByTestId('transfer-extension').waitFor()
  } },
  'desk-keys-codes': { path: '/desk', me: () => scenes.confers(2), async act(p) { await p.getByTestId('keys').click(); await p.getByTestId('code-consult-guests').scrollIntoViewIfNeeded() } },
  'pocket-transfer': { path: '/desk', me: () => scenes.talking(), size: [360, 740], rest: { 'GET /targets': scenes.targets }, async act(p) { await p.getByTestId('transfer').click(); await p.getByTestId('transfer-to-g1').waitFor() } },
  'pocket-keys': { path: '/desk', me: () => scenes.me(), size: [360, 740], async act(p) { await shift(p); await p.getByTestId('keys').click(); await p.getByTestId('code-consult-guests').scrollIntoViewIfNeeded() } },
  'desk-consult-over': { path: '/desk', me: () => scenes.consultOver(), act: (p) => p.getByTestId('consult-over').waitFor() },
  'desk-asked': { path: '/desk', me: () => scenes.asked(), act: (p) => p.getByTestId('pop-asks').waitFor() },
  'desk-help': { path: '/desk', me: () => scenes.helpCalled({}), act: (p) => p.getByTestId('help-said').waitFor() },
  'desk-help-here': { path: '/desk', me: () => scenes.helpCalled({ note: 'Грозит судом', by: 'Helen Ward' }), act: (p) => p.getByTestId('help-here').waitFor() },
  'desk-recorded': { path: '/desk', me: () => scenes.recorded({ state: 'on', on_demand: true }), act: (p) => p.getByTestId('recording').waitFor() },
  'desk-recording-paused': { path: '/desk', me: () => scenes.recorded({ state: 'paused', until: new Date(Date.now() + 170e3).toISOString() }), act: (p) => p.getByTestId('recording').waitFor() },
  'desk-recording-fails': { path: '/desk', me: () => scenes.recorded({ state: 'failed' }), act: (p) => p.getByTestId('recording').waitFor() },
  'desk-why': { path: '/desk', me: () => scenes.talking(), rest: { [`GET /calls/${scenes.story.call}/decisions`]: scenes.story }, async act(p) { await p.getByTestId('why-so').click(); await p.getByTestId('story').waitFor() } },
  'desk-ticket': { path: '/desk', me: () => scenes.me(), rest: { 'GET /tickets/100236/file': desk.file({}, { number: '100236' }), 'GET /calls/c1/decisions': scenes.story }, async act(p) { await p.getByRole('button', { name: /Пётр/ }).click(); await p.getByTestId('why-so').waitFor() } },
  'desk-work': { path: '/desk', me: () => scenes.me(), rest: { ...desk.work }, async act(p) { await shift(p); await p.getByTestId('pile-due').waitFor() } },
  'desk-unknown': { path: '/desk', me: () => scenes.talking(scenes.stranger), rest: { 'GET /tickets/100501/file': desk.fresh }, async act(p) { await p.getByTestId('actions').waitFor(); await p.getByTestId('subject').fill('Не работает домофон') } },
  'desk-hand-over': { path: '/desk', me: () => scenes.talking(), async act(p) { await p.getByTestId('do-hand_over').click(); await p.getByTestId('action-form').waitFor() } },
  'desk-clash': { path: '/desk', me: () => scenes.talking(), rest: { 'POST /tickets/100237/describe': desk.described }, async act(p) { await p.getByTestId('actions').waitFor(); await p.getByTestId('subject').fill('Интернет пропадает с 19 до 22'); await p.getByTestId('subject').blur(); await p.getByTestId('about-clash').waitFor() } },
  'desk-handed-over': { path: '/desk', me: () => scenes.wrapUp(), rest: { 'GET /tickets/100237/file': desk.handedOver }, async act(p) { await p.getByTestId('actions').waitFor(); await p.keyboard.press('3'); await p.getByTestId('stays').waitFor() } },
  'desk-leave': { path: '/desk', me: () => scenes.me({ availability: { state: 'not_ready', reason: 'lunch', since: new Date(Date.now() - 1e6).toISOString() } }), async act(p) { await p.evaluate(() => localStorage.setItem('hotline.draft.a1.100237.note', JSON.stringify({ text: 'x', base: 1, at: Date.now() }))); await shift(p); await p.getByTestId('not-ready').click(); await p.getByTestId('sign-out').click(); await p.getByTestId('unsent').waitFor() } },
  'desk-unsaved': { path: '/desk', me: () => scenes.me(), async act(p) { await p.evaluate(() => sessionStorage.setItem('hotline.unsaved', JSON.stringify([{ call: 'c1', ticket: '100237', why: '', draft: { call: 'c1', subject: 'Нет сети', wrote: true, about: { topic: 'fault.line', priority: '2' }, note: 'Роутер <b>перезагружен</b>.\nПерезвонить завтра.', disposition: 'follow_up', next: '', touched: 0 } }]))); await p.reload(); await p.getByTestId('unsaved').waitFor(); if (await p.getByTestId('unsaved').evaluate((e) => e.querySelector('div').clientWidth < 0.8 * e.clientWidth)) throw new Error('what was typed is squeezed in beside buttons') } },
  'desk-unapplied': { path: '/desk', me: () => scenes.me(), async act(p) { await p.evaluate(() => sessionStorage.setItem('hotline.unsaved', JSON.stringify([{ call: 'c1', ticket: '100237', filed: true, unapplied: 'resolved', why: '', draft: { call: 'c1', subject: '', note: 'Роутер перезагружен.', disposition: 'resolved', next: '', touched: 0 } }]))); await p.reload(); await p.getByTestId('unapplied').waitFor() } },
  'pocket-work': { path: '/desk', me: () => scenes.me(), rest: { ...desk.work }, size: [360, 740], async act(p) { await shift(p); await p.getByTestId('pile-due').waitFor() } },
  'desk-wrap-up': { path: '/desk', me: () => scenes.wrapUp(), async act(p) { await p.getByTestId('wrap-up').waitFor(); await p.keyboard.press('2'); await p.getByTestId('note').fill('Роутер перезагружен, линия проверена.\nПерезвонить завтра.') } },
  'desk-missed': { path: '/desk', me: () => scenes.ringing(), async act(p, link) { await p.getByTestId('pop').waitFor(); const m = scenes.missed(); link().event('me', 'offer.missed', { offer: null, availability: m.availability, activity: m.activity }); await p.getByTestId('ended').waitFor() } },
  'desk-lost': { path: '/desk', me: () => scenes.talking(), async act(p, link) { await p.getByTestId('pop').waitFor(); link().refuse = true; await link().socket.close({ code: 1012 }); await p.getByTestId('link-lost').waitFor() } },
  // What the page waits for, and what it cannot do.
  'desk-silent': { path: '/desk', me: () => scenes.me(), silent: 'sound-locked', before: shiftOn },
  'tickets-silent': { path: '/tickets', silent: 'strip-unlock', before: shiftOn, me: () => scenes.me(), rest: desk.lists(), act: (p) => p.getByTestId('ticket-100005').waitFor() },
  'desk-returns': { path: '/desk', me: () => scenes.inCall({ returns: true }), act: (p) => p.getByTestId('returns').waitFor() },
  'desk-voice-elsewhere': { path: '/desk', unbegun: true, account: { ...scenes.account, seat: true }, me: () => scenes.talking(), act: (p) => p.getByTestId('voice-elsewhere').waitFor() },
  'desk-waits': { path: '/desk', me: () => undefined, act: (p) => p.locator('main [aria-busy=true]').first().waitFor() },
  'desk-starting': { path: '/desk', me: () => scenes.me({ starting: true, availability: { state: 'signed_out', since: new Date().toISOString() } }), act: shift },
  'desk-delayed': { path: '/desk', me: () => scenes.me({ delayed: true }), act: (p) => p.getByTestId('delayed').waitFor() },
  ...Object.fromEntries(Object.entries({ replaced: 4009, refused: 4003, draining: 4010 }).map(([how, code]) => [`desk-${how}`, { path: '/desk', me: () => scenes.me(), async act(p, link) { await shift(p); await p.getByTestId('idle').waitFor(); link().refuse = true; await link().socket.close({ code }); await p.locator('.notice').first().waitFor() } }])),
  'desk-problem': { path: '/desk', me: () => scenes.me({ availability: { state: 'not_ready', reason: 'lunch', since: new Date().toISOString() } }), refuses: { code: 'timeout' }, async act(p) { await shift(p); await p.getByTestId('ready').click(); await p.getByTestId('problem').waitFor() } },
  'desk-long': { path: '/desk', me: () => ({ ...scenes.inCall({ hold_reminded: new Date().toISOString(), ends: new Date(Date.now() + 50e3).toISOString(), caller_holds: true, overseers: [{ id: 'g3', name: 'Helen <b>Ward</b>', manner: 'whisper' }] }), activity: { state: 'on_hold', since: new Date(Date.now() - 2e5).toISOString() } }), act: (p) => p.getByTestId('call-ends').waitFor() },
  'desk-away': { path: '/desk', rest: { 'GET /session': [503, { code: 'unavailable', status: 503 }] }, act: (p) => p.getByRole('alert').waitFor() },
  'reports-coming': { path: '/reports', account: scenes.supervisor, asset: ['ReportsPage', () => {}], act: (p) => p.locator('main[aria-busy=true]').waitFor() },
  'reports-not-brought': { path: '/reports', account: scenes.supervisor, asset: ['ReportsPage', (route) => route.abort()], act: (p) => p.getByRole('alert').waitFor() },
  'wall-never': { path: '/wall', wall: () => ({}), size: [1920, 1080], act: (p) => p.getByTestId('wall-never').waitFor() },
  'wall-canary': { path: '/wall', wall: () => { const w = scenes.wall(); return { ...w, canary: { state: 'not_taken', since: new Date(Date.now() - 3e5).toISOString() }, line: { ...w.line, partial: true, counted_at: new Date(Date.now() - 6e5).toISOString() }, staffing: { holds: false, words: { ru: 'Через полчаса не хватит двоих.', en: 'In half an hour two will be missing.' } } } }, size: [1440, 900], act: (p) => p.getByTestId('wall-canary').waitFor() },
  'desk-keys': { path: '/desk', me: () => scenes.me(), async act(p) { await p.getByTestId('keys').click() } },
  'desk-sound': { path: '/desk', me: () => scenes.me(), async act(p) { await p.getByTestId('sound').click() } },
  'desk-narrow': { path: '/desk', me: () => scenes.talking(), size: [820, 1180], act: (p) => p.getByTestId('pop').waitFor() },
  'pocket-ringing': { path: '/desk', me: () => scenes.ringing(), size: [360, 740], act: (p) => p.getByTestId('pop').waitFor() },
  'pocket-talking': { path: '/desk', me: () => scenes.talking(), size: [360, 740], act: (p) => p.getByTestId('pop').waitFor() },
  'pocket-wrap-up': { path: '/desk', me: () => scenes.wrapUp(), size: [360, 740], act: (p) => p.getByTestId('wrap-up').waitFor() },
  'pocket-wall': { path: '/wall', wall: () => scenes.wall(), size: [360, 740], act: (p) => p.getByTestId('wall-agents').waitFor() },
  'wall': { path: '/wall', wall: () => scenes.wall(), size: [1920, 1080], act: (p) => p.getByTestId('wall-agents').waitFor() },
  'wall-alarms': { path: '/wall', wall: () => scenes.alarmed(), size: [1920, 1080], act: (p) => p.getByTestId('alarm-nobody_there').waitFor() },
  'wall-gathered': { path: '/wall', wall: () => scenes.gathered(), size: [1440, 900], async act(p) { for (const [id, says] of [['g1', 'Нина Орлова'], ['g1', '+7 495 123-45-67'], ['g1', 'James O’Neil'], ['g2', '+44 207 183 8750']]) await p.getByTestId(`wall-talk-${id}`).getByText(says).waitFor() } },
  'pocket-gathered': { path: '/wall', wall: () => scenes.gathered(), size: [360, 740], async act(p) { await p.getByTestId('wall-talk-g1').scrollIntoViewIfNeeded() } },
  'wall-gathered-agent': { path: '/wall', wall: () => scenes.gathered(), rest: { 'GET /agents/g1/skills': scenes.skills }, size: [1440, 900], async act(p) { await p.getByTestId('wall-act-g1').press('Enter'); await p.getByTestId('agent-talk').getByText('+7 495 123-45-67').waitFor(); await p.getByTestId('give-skills').waitFor() } },
  'wall-help': { path: '/wall', wall: () => scenes.helped(), size: [1440, 900], async act(p) { await p.getByTestId('help-g3').waitFor(); if (!(await p.locator('main > :first-child').getByTestId('help-g3').count())) throw new Error('something stands above a call for a supervisor') } },
  'wall-alarm-taken': { path: '/wall', wall: () => scenes.alarmed(), rest: { 'POST /alarms/nobody_there/acknowledge': [409, { code: 'alarm_taken', status: 409, by: 'Пётр Иванов' }] }, size: [1440, 900], async act(p) { await p.getByTestId('alarm-sound').press('Enter'); await p.getByTestId('see-nobody_there').press('Enter'); await p.getByText('Пётр Иванов').waitFor() } },
  'wall-alarm-rules': { path: '/wall', wall: () => scenes.alarmed(), rest: { 'GET /alarms': scenes.alarms, 'GET /alarms/past': scenes.pastAlarms }, size: [1440, 900], async act(p) { await p.getByTestId('alarms-open').press('Enter'); await p.getByTestId('rule-longest_wait').waitFor(); await p.getByTestId('past-alarms').getByText('Helen Ward').first().waitFor() } },
  'pocket-alarms': { path: '/wall', wall: () => scenes.alarmed(), size: [360, 740], act: (p) => p.getByTestId('alarm-nobody_there').waitFor() },
  'screen-code': { path: '/screen', out: true, rest: { 'GET /screens/frame': { state: 'unknown' }, 'POST /screens/codes': { code: '48392071', secret: 'x', expires: new Date(Date.now() + 3e4).toISOString() }, 'POST /screens/claim': { state: 'waiting' } }, size: [1920, 1080], act: (p) => p.getByTestId('screen-code').waitFor() },
  'screen-40': { path: '/screen', out: true, rest: { 'GET /screens/frame': () => { const f = scenes.screen(40); f.shows = undefined; return f } }, size: [1920, 1080], act: readable },
  'screen-3': { path: '/screen', out: true, rest: { 'GET /screens/frame': () => { const f = scenes.screen(3, true); f.shows = undefined; return f } }, size: [1920, 1080], async act(p) { await readable(p); const cut = await p.locator('.tile h2 .cut').evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight).map((e) => e.textContent)); if (cut.length) throw new Error(`names are cut though there is room: ${cut}`) } },
  'wall-screens': { path: '/wall', wall: () => scenes.wall(), rest: { 'GET /screens': { items: scenes.screens } }, size: [1440, 900], async act(p) { await p.getByTestId('wall-screens').press('Enter'); await p.getByTestId('screens').getByText('Hall').waitFor() } },
  ...Object.fromEntries(['listen', 'whisper', 'speak'].map((manner) => [`wall-${manner}`, { path: '/wall', wall: () => scenes.overseen(manner), account: { ...scenes.supervisor, agent: 'g3' }, size: [1440, 900], act: (p) => p.locator(`[data-testid="oversight"][data-manner="${manner}"]`).waitFor() }])),
  'wall-listen-alone': { path: '/wall', wall: () => scenes.overseen('listen', ''), account: { ...scenes.supervisor, agent: 'g3' }, size: [1440, 900], act: (p) => p.getByTestId('oversight').waitFor() },
  'wall-listen-keys': { path: '/wall', wall: () => scenes.overseen('listen'), account: { ...scenes.supervisor, agent: 'g3' }, rest: { 'PUT /oversight': [409, { code: 'whisper_unsafe', status: 409 }] }, size: [1440, 900], async act(p) { await p.getByTestId('oversight').waitFor(); await p.keyboard.press('w'); await p.getByTestId('oversight-problem').waitFor() } },
  'pocket-listen': { path: '/wall', wall: () => scenes.overseen('whisper'), account: { ...scenes.supervisor, agent: 'g3' }, size: [360, 740], act: (p) => p.getByTestId('oversight').waitFor() },
  'wall-small': { path: '/wall', wall: () => scenes.wall(), size: [1280, 720], act: (p) => p.getByTestId('wall-agents').waitFor() },
  'wall-calm': { path: '/wall', wall: () => scenes.calm(), size: [1920, 1080], act: (p) => p.getByTestId('wall-waiting').waitFor() },
  'wall-calls': { path: '/wall', wall: () => scenes.wall(), rest: { 'GET /calls': scenes.calls }, size: [1920, 1080], async act(p) { await p.getByTestId('wall-calls').press('Enter'); await p.getByTestId('calls').waitFor() } },
  'wall-big': { path: '/wall', wall: () => scenes.bigWall(), size: [1920, 1080], async act(p) { await p.getByTestId('wall-agents').waitFor({ state: 'attached' }); if ((await p.locator('[data-testid^="wall-agent-"]').count()) > 200) throw new Error('all agents are drawn') } },
  'wall-big-found': { path: '/wall', wall: () => scenes.bigWall(), size: [1440, 900], async act(p) { await p.getByTestId('wall-department').selectOption('sales'); await p.getByTestId('wall-grouped').check(); await p.getByTestId('wall-seek').fill('1'); await p.getByTestId('wall-queue-q5').waitFor({ state: 'detached' })
    const shown = (of) => p.locator(`[data-testid^="wall-${of}"]`).evaluateAll((all, of) => all.map((e) => e.dataset.testid.slice(5 + of.length)), of)
    const [queues, agents] = [await shown('queue-q'), await shown('agent-a')]
    if (queues.sort().join() !== '13,17,9' || !agents.length || agents.some((a) => a % 4 !== 1 || !a.includes('1'))) throw new Error(`of sales with a 1 are shown the queues ${queues} and the agents ${agents}`)
  } },
  'wall-team': { path: '/wall', wall: () => scenes.wall(), rest: { 'GET /bulletins': scenes.bulletins, ...desk.directory }, size: [1440, 900], async act(p) { await p.getByTestId('wall-team').press('Enter'); await p.getByTestId('bulletins').waitFor() } },
  'wall-close-queue': { path: '/wall', wall: () => scenes.bigWall(), rest: { 'GET /bulletins': { items: [] }, ...desk.directory }, size: [1440, 900], async act(p) { await p.getByTestId('wall-act-q0').press('Enter'); await p.getByTestId('close-queue').waitFor() } },
  'wall-agent': { path: '/wall', wall: () => scenes.wall(), rest: { 'GET /agents/g3/skills': scenes.skills }, size: [1440, 900], async act(p) { await p.getByTestId('wall-act-g3').press('Enter'); await p.getByTestId('give-skills').waitFor() } },
  'pocket-agent': { path: '/wall', wall: () => scenes.wall(), rest: { 'GET /agents/g3/skills': scenes.skills }, size: [360, 740], async act(p) { await p.getByTestId('wall-act-g3').click(); await p.getByTestId('give-skills').waitFor(); if (await p.evaluate(() => { const d = document.querySelector('dialog[open]'); return [...d.querySelectorAll('*')].some((e) => e.getBoundingClientRect().right > d.getBoundingClientRect().right + 1) })) throw new Error('something is wider than its dialog') } },
  'desk-told': { path: '/desk', me: () => scenes.me({ bulletins: [{ id: 'b1', at: new Date().toISOString(), by: 'Helen Ward', kind: 'said', text: 'Авария на юге города: починим к 18:00. <b>!</b>' }, { id: 'b2', at: new Date().toISOString(), by: 'Helen Ward', kind: 'not_ready', text: 'meeting' }] }), act: (p) => p.getByTestId('bulletin-b2').waitFor() },
  'wall-lead': { path: '/wall', wall: () => scenes.wall(), account: { ...scenes.supervisor, agent: 'g7' }, rest: { 'GET /calls': scenes.calls }, size: [1440, 900], async act(p) { await p.getByTestId('wall-calls').press('Enter'); await p.getByTestId('lead-w1').press('Enter'); await p.getByTestId('lead-form').waitFor(); await p.getByTestId('lead-queue').selectOption('information') } },
  'wall-led-meanwhile': { path: '/wall', wall: () => scenes.wall(), rest: { 'GET /calls': scenes.calls, 'POST /calls/w1/lead': [409, { code: 'led_meanwhile', status: 409, by: 'Пётр Иванов' }] }, size: [1440, 900], async act(p) { await p.getByTestId('wall-calls').press('Enter'); await p.getByTestId('lead-w1').press('Enter'); await p.getByTestId('lead-front').press('Enter'); await p.getByText('Пётр Иванов').waitFor() } },
  'pocket-lead': { path: '/wall', wall: () => scenes.wall(), rest: { 'GET /calls': scenes.calls }, size: [360, 740], async act(p) { await p.getByTestId('wall-calls').click(); await p.getByTestId('lead-w3').click(); await p.getByTestId('lead-form').waitFor() } },
  'wall-why': { path: '/wall', wall: () => scenes.wall(), rest: { 'GET /calls': scenes.calls, 'GET /calls/w1/decisions': scenes.waitingStory }, size: [1920, 1080], async act(p) { await p.getByTestId('wall-calls').press('Enter'); await p.getByTestId('call-w1').press('Enter'); await p.getByTestId('story-agents').waitFor() } },
  'wall-why-agent': { path: '/wall', wall: () => scenes.wall(), rest: { 'GET /calls': { items: [{ call: 'c1', at: new Date().toISOString() }] }, 'GET /calls/c1/decisions': scenes.story }, size: [1280, 720], async act(p) { await p.getByTestId('wall-why-g1').press('Enter'); await p.getByTestId('story').waitFor() } },
  'pocket-calls': { path: '/wall', wall: () => scenes.wall(), rest: { 'GET /calls': scenes.calls }, size: [360, 740], async act(p) { await p.getByTestId('wall-calls').click(); await p.getByTestId('calls').waitFor() } },
  ...Object.fromEntries(Object.entries({
    'tickets': { act: (p) => p.getByTestId('ticket-100005').waitFor() },
    'tickets-many': { rest: desk.lists(10_000), async act(p) { await p.getByTestId('ticket-100000').waitFor(); for (let i = 0; i < 8; i++) { await p.getByTestId('tickets').evaluate((e) => (e.scrollTop = e.scrollHeight)); await p.waitForTimeout(120) } } },
    'tickets-none': { path: '/tickets?list=returned&q=щ', rest: desk.lists(0), act: (p) => p.getByTestId('none').waitFor() },
    'tickets-filters': { path: '/tickets?list=all&phase=waiting&department=technical&q=роутер', async act(p) { await p.getByTestId('ticket-100005').waitFor(); await p.getByTestId('filter').click() } },
    'tickets-marked': { async act(p, link) { await p.getByTestId('ticket-100005').waitFor(); for (const k of ['x', 'j', 'x', 'j', 'j', 'x']) await p.keyboard.press(k); link().event('tickets', 'ticket.changed', { number: '100900', version: 1 }); link().event('tickets', 'ticket.changed', { number: '100901', version: 1 }); await p.getByTestId('fresh').waitFor() } },
    'tickets-bulk': { rest: { ...desk.lists(), 'POST /tickets/bulk': { items: [{ number: '100000', ok: true, version: 4 }, { number: '100001', ok: false, problem: { code: 'transition' } }] } }, async act(p) { await p.getByTestId('ticket-100005').waitFor(); for (const k of ['x', 'j', 'x']) await p.keyboard.press(k); await p.getByTestId('bulk-take').click(); await p.getByTestId('bulk-done').waitFor() } },
    'tickets-preview': { async act(p) { await p.getByTestId('ticket-100005').waitFor(); await p.keyboard.press('Space'); await p.getByTestId('preview').getByTestId('ticket-head').waitFor() } },
    'tickets-new': { async act(p) { await p.getByTestId('create').click(); await p.getByTestId('action-form').waitFor() } },
    'tickets-keys': { async act(p) { await p.getByTestId('ticket-100005').waitFor(); await p.keyboard.press('?'); await p.locator('dialog').waitFor() } },
    'tickets-hostile': { rest: desk.hostileLists, act: (p) => p.getByTestId('ticket-100002').waitFor() },
    'tickets-bell': { async act(p, link) { await p.getByTestId('ticket-100005').waitFor(); link().event('tickets', 'ticket.notice', { id: 9, number: '100237', why: 'assigned', due: null, at: new Date().toISOString() }); await p.getByTestId('bell').click(); await p.getByTestId('notices').waitFor() } },
    'pocket-tickets': { size: [360, 740], act: (p) => p.getByTestId('ticket-100003').waitFor() },
    'tickets-agent': { account: { ...scenes.account, person: 'p7' }, path: '/desk', me: () => scenes.me(), async act(p, link) { await shift(p); await p.getByTestId('go-tickets').click(); await p.getByTestId('ticket-100005').waitFor(); const m = scenes.ringing(); link('me').event('me', 'offer.created', { offer: m.offer, activity: m.activity }); await p.getByTestId('desk-strip').waitFor() } },
    'ticket': { path: '/tickets/100237' },
    'ticket-answer': { path: '/tickets/100237', async act(p) { await p.getByTestId('timeline').waitFor(); await p.keyboard.press('r'); await p.getByTestId('template').selectOption('hello') } },
    'ticket-hand-over': { path: '/tickets/100237', async act(p) { await p.getByTestId('timeline').waitFor(); await p.keyboard.press('t'); await p.getByTestId('action-send').click() } },
    'ticket-wait': { path: '/tickets/100237', async act(p) { await p.getByTestId('timeline').waitFor(); await p.keyboard.press('w'); await p.getByTestId('action-form').waitFor() } },
    'ticket-more': { path: '/tickets/100237', async act(p) { await p.getByTestId('more-actions').click() } },
    'ticket-stale': { path: '/tickets/100237', rest: { 'POST /tickets/100237/tell': desk.stale }, async act(p) { await p.getByTestId('timeline').waitFor(); await p.keyboard.press('r'); await p.getByTestId('text').fill('Анна Викторовна, мастер будет завтра.'); await p.keyboard.press('Control+Enter'); await p.getByTestId('stale').waitFor() } },
    'ticket-why': { path: '/tickets/100237', rest: { 'GET /tickets/100237/clocks/2/reckoning': desk.reckoning }, async act(p) { await p.getByTestId('why-1').click(); await p.getByTestId('reckoning').waitFor() } },
    'ticket-split': { path: '/tickets/100237', async act(p) { await p.getByTestId('more-actions').click(); await p.getByTestId('do-split').click(); await p.getByTestId('field-contacts').waitFor(); await p.getByTestId('action-send').click() } },
    'ticket-merge': { path: '/tickets/100237', rest: { 'GET /tickets/100181/file': desk.likely }, async act(p) { await p.getByTestId('more-actions').click(); await p.getByTestId('do-merge').click(); await p.getByTestId('field-into').fill('100181'); await p.getByTestId('goes-along').waitFor() } },
    'ticket-describe': { path: '/tickets/100237', async act(p) { await p.getByTestId('more-actions').click(); await p.getByTestId('do-describe').click(); await p.getByTestId('action-form').waitFor() } },
    'ticket-customer': { path: '/tickets/100237', rest: { 'GET /customers': desk.people }, async act(p) { await p.getByTestId('customer-other').click(); await p.getByTestId('customer-search').fill('лебедева'); await p.getByTestId('found').waitFor() } },
    'ticket-changes': { path: '/tickets/100237', async act(p) { await p.getByTestId('timeline').waitFor(); for (const c of await p.getByTestId('changes').getByRole('button').all()) await c.click(); await p.getByTestId('timeline').evaluate((e) => (e.scrollTop = 300)) } },
    'ticket-news': { path: '/tickets/100237', async act(p, link) { await p.getByTestId('timeline').waitFor(); await p.keyboard.press('n'); await p.getByTestId('text').fill('Позвоню мастеру'); await p.waitForTimeout(50); desk.newer.on = true; link().event('tickets', 'ticket.changed', { number: '100237', version: 9 }); await p.getByTestId('arrived').waitFor(); desk.newer.on = false }, rest: { 'GET /tickets/100237/file': () => (desk.newer.on ? desk.newer.file : desk.file()) } },
    // A draft goes with the sign-in, and not before; and a form that was sent takes its own draft along, and no other.
    'ticket-sign-out': { path: '/tickets/100237', rest: { 'DELETE /session': () => desk.signingOut() }, async act(p) {
      const kept = () => p.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith('hotline.draft.')).length)
      await p.getByTestId('timeline').waitFor(); await p.keyboard.press('n'); await p.getByTestId('text').fill('Позвоню мастеру')
      await p.getByTestId('sign-out').click(); await p.getByTestId('leave').click(); await p.getByTestId('stayed').waitFor()
      if ((await kept()) !== 1) throw new Error('the draft went though the sign-in goes on')
      await p.getByTestId('stayed').getByRole('button').click(); await p.getByTestId('login').waitFor()
      if ((await kept()) !== 0) throw new Error('the draft outlived the sign-in')
    } },
    'ticket-own-draft': { path: '/tickets/100237', rest: { 'POST /tickets/100237/wait': desk.file({ version: 8 }) }, async act(p) {
      const kept = () => p.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith('hotline.draft.')).map((k) => k.split('.').at(-1)).sort().join())
      await p.getByTestId('timeline').waitFor(); await p.keyboard.press('n'); await p.getByTestId('text').fill('Позвоню мастеру'); await p.keyboard.press('Escape')
      await p.keyboard.press('w'); const form = p.getByTestId('action-form'); await form.locator('select').first().selectOption('customer'); await form.getByTestId('field-note').fill('Фото счётчика'); await form.locator('.dates button').first().click()
      if ((await kept()) !== 'note,wait') throw new Error(`kept: ${await kept()}`)
      await p.getByTestId('action-send').click(); await form.waitFor({ state: 'detached' })
      if ((await kept()) !== 'note') throw new Error(`after it was sent there is: ${await kept()}`)
    } },
    'ticket-nodrafts': { path: '/tickets/100237', async act(p) { await p.evaluate(() => { Storage.prototype.setItem = () => { throw new Error('quota') } }); await p.keyboard.press('n'); await p.getByTestId('text').fill('Позвоню мастеру'); await p.getByTestId('drafts-lost').waitFor() } },
    'ticket-solved': { path: '/tickets/100237', rest: { 'GET /tickets/100237/file': desk.solved } },
    'ticket-watched': { path: '/tickets/100237', rest: { 'GET /tickets/100237/file': desk.watched } },
    'ticket-complained': { path: '/tickets/100237', rest: { 'GET /tickets/100237/file': desk.complained }, async act(p) { await p.getByTestId('decide_review-1').click(); await p.getByTestId('action-form').waitFor() } },
    'ticket-hostile': { path: '/tickets/100237', rest: { 'GET /tickets/100237/file': desk.hostile } },
    'ticket-unknown': { path: '/tickets/100999', act: (p) => p.getByTestId('ticket-unknown').waitFor() },
    'ticket-upload': { path: '/tickets/100237', rest: { 'POST /tickets/100237/files': [422, { code: 'invalid', status: 422, errors: [{ field: 'name', rule: 'x', code: 'kind_refused' }] }] }, async act(p) { await p.getByTestId('file').setInputFiles({ name: 'счёт.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ') }); await p.getByText(/не принимаются|not taken/).waitFor(); await p.getByTestId('files').scrollIntoViewIfNeeded() } },
    'ticket-narrow': { path: '/tickets/100237', size: [820, 1180] },
    'pocket-ticket': { path: '/tickets/100237', size: [360, 740] },
  }).map(([name, s]) => [name, { path: '/tickets', account: desk.ilja, act: (p) => p.getByTestId('timeline').waitFor(), ...s, rest: { ...desk.lists(), 'GET /tickets/100237/file': desk.file(), 'GET /tickets/100000/file': desk.file(), ...s.rest } }])),
  ...Object.fromEntries(Object.entries({
    'customers-import': { account: scenes.supervisor, path: '/customers', rest: people.imports(), async act(p) { await p.getByTestId('import').click(); await p.getByTestId('imports-open').getByRole('button').click(); await p.getByTestId('import-rows').waitFor() } },
    'customers-imports-open': { account: scenes.supervisor, path: '/customers', rest: people.imports(), async act(p) { await p.getByTestId('import').click(); await p.getByTestId('imports-open').waitFor() } },
    'customers-importing': { account: scenes.supervisor, path: '/customers', rest: people.imports({ state: 'importing', read: 3_100_000 }), async act(p) { await p.getByTestId('import').click(); await p.getByTestId('imports-open').getByRole('button').click(); await p.getByTestId('import-progress').waitFor() } },
    'customers-import-refused': { account: scenes.supervisor, path: '/customers', rest: people.rest(undefined, { 'GET /imports': { items: [] }, 'POST /imports': [422, { code: 'invalid', status: 422, errors: [{ field: 'body', rule: 'column 3: "<b>Менеджер</b>\u202E" is not understood: say what it holds by a mapping' }] }] }), async act(p) { await p.getByTestId('import').click(); await p.getByTestId('import-file').setInputFiles({ name: 'клиенты.csv', mimeType: 'text/csv', buffer: Buffer.from('id;x') }); await p.getByTestId('import-wrong').waitFor() } },
    'pocket-import': { account: scenes.supervisor, path: '/customers', size: [360, 740], rest: people.imports(), async act(p) { await p.getByTestId('import').click(); await p.getByTestId('imports-open').getByRole('button').click(); await p.getByTestId('import-rows').waitFor() } },
    'customers': { path: '/customers', async act(p) { await p.getByTestId('customer-search').fill('леб'); await p.getByTestId('found').waitFor(); await p.keyboard.press('ArrowDown') } },
    'customers-alike': { path: '/customers?q=лебидева', rest: { 'GET /customers': people.found('alike') }, act: (p) => p.getByTestId('found-how').waitFor() },
    'customers-none': { path: '/customers?q=щщщ', rest: { 'GET /customers': { items: [], how: 'exact' } }, act: (p) => p.getByTestId('nobody-found').waitFor() },
    'customers-new': { path: '/customers', async act(p) { await p.getByTestId('customer-new').click(); await p.getByTestId('add-numbers').click(); await p.keyboard.type('8 912 345-67-89'); await p.getByTestId('add-contracts').click() } },
    'customer': { async act(p) { await p.getByTestId('doubles').waitFor(); await p.getByTestId('show-history').click(); await p.getByTestId('changes').waitFor() } },
    'customer-change': { async act(p) { await p.getByTestId('customer-change').click(); await p.getByTestId('customer-form').waitFor() } },
    'customer-stale': { rest: { [`PATCH /customers/${people.id}`]: people.stale }, async act(p) { await p.getByTestId('customer-change').click(); await p.getByTestId('customer-name').fill('Анна Лебедева-Крылова'); await p.keyboard.press('Control+Enter'); await p.getByTestId('customer-stale').waitFor() } },
    'customer-refused': { rest: { [`PATCH /customers/${people.id}`]: people.refused }, async act(p) { await p.getByTestId('customer-change').click(); await p.getByTestId('contract-0').fill('8810-07'); await p.keyboard.press('Control+Enter'); await p.getByText(/другим клиентом|another customer’s/).waitFor() } },
    'customer-draft': { async act(p) { await p.getByTestId('customer-change').click(); await p.getByTestId('notes-0').fill('Просит не звонить вовсе.'); await p.waitForTimeout(400); await p.reload(); await p.getByTestId('restored').waitFor() } },
    'customer-merge': { async act(p) { await p.getByTestId('doubles').getByRole('button').click(); await p.getByTestId('merge-preview').waitFor() } },
    'customer-unnamed': { rest: people.nobody, act: (p) => p.getByTestId('provisional').waitFor() },
    'customer-unknown': { rest: { [`GET /customers/${people.id}`]: undefined }, act: (p) => p.getByTestId('customer-unknown').waitFor() },
    'customer-hostile': { rest: { [`GET /customers/${people.id}`]: people.file(people.evil), 'GET /customers': { items: [people.evil, people.anna] } }, act: (p) => p.getByTestId('warnings').waitFor() },
    'customers-hostile': { path: '/customers?q=x', rest: { 'GET /customers': { items: [{ ...people.evil, id: 'x' }, people.anna] } }, act: (p) => p.getByTestId('found').waitFor() },
    'pocket-customer': { size: [360, 740], act: (p) => p.getByTestId('doubles').waitFor() },
    'pocket-customer-change': { size: [360, 740], async act(p) { await p.getByTestId('customer-change').click(); await p.getByTestId('customer-form').waitFor() } },
  }).map(([name, s]) => [name, { path: `/customers/${people.id}`, account: desk.ilja, ...s, rest: { ...people.rest(), ...s.rest } }])),
  ...Object.fromEntries(Object.entries({
    'calls': {},
    'calls-asked': { path: '/calls?from=2026-11-01&to=2026-11-29&number=6789&outcome=abandoned&longer=2&customer=00000000-0000-4000-8000-000000000001', async act(p) { await p.getByTestId('calls').waitFor(); await p.getByTestId('save-view').click(); await p.locator('#view-name').fill('Долгие') } },
    // A list that is saved is there after a reload, shows what it showed, and goes when it is taken away.
    'calls-view': { before: "crypto.randomUUID = () => 'v9'", rest: was.keeping(), async act(p) {
      const view = p.getByRole('link', { name: 'Техподдержка' })
      await p.getByTestId('queue').selectOption('technical')
      await p.getByTestId('save-view').click()
      await p.locator('#view-name').fill('Техподдержка')
      await p.keyboard.press('Enter')
      await view.waitFor()
      await p.getByTestId('clear').click()
      await p.reload()
      await view.click()
      await p.waitForURL((url) => url.searchParams.get('queue') === 'technical')
      if ((await p.getByTestId('queue').inputValue()) !== 'technical') throw new Error('the saved list shows something else')
      await p.getByRole('listitem').filter({ has: view }).getByRole('button').click()
      await view.waitFor({ state: 'detached' })
      await p.reload()
      await p.getByTestId('calls').waitFor()
      if (await view.count()) throw new Error('a list that was taken away is there again')
    } },
    'calls-own': { account: scenes.account },
    'calls-none': { rest: was.none, act: (p) => p.getByTestId('none').waitFor() },
    'calls-away': { rest: { 'GET /calls/past': [503, { code: 'unavailable', status: 503 }] }, act: (p) => p.getByRole('alert').waitFor() },
    'calls-hostile': { rest: was.hostileList },
    'pocket-calls-past': { size: [360, 740] },
    'call': { path: '/calls/c1', act: (p) => p.getByTestId('steps').waitFor() },
    'call-recorded': { path: '/calls/c1#t=83', rest: was.recorded, act: (p) => p.getByTestId('wave').locator('path').first().waitFor() },
    'call-copied': { path: '/calls/c1#t=83', before: 'navigator.clipboard.writeText = async (text) => { globalThis.copied = text }', async act(p) {
      await p.getByTestId('copy').click()
      await p.waitForFunction(() => globalThis.copied === location.href && location.pathname === '/calls/c1')
    } },
    'call-held': { path: '/calls/c1', rest: was.held, act: (p) => p.getByTestId('release').waitFor() },
    'call-recording-delete': { path: '/calls/c1', rest: was.recorded, async act(p) { await p.getByTestId('remove').click(); await p.getByTestId('reason').fill('Клиент попросил') } },
    'pocket-call-recorded': { path: '/calls/c1', rest: was.recorded, size: [360, 740], async act(p) { await p.getByTestId('wave').locator('path').first().waitFor(); if (await p.locator('main').evaluate((e) => e.scrollWidth > e.clientWidth)) throw new Error('the page is wider than its window') } },
    'calls-recorded': { rest: was.recorded, act: (p) => p.getByTestId('calls').getByRole('img').waitFor() },
    'call-going-on': { path: '/calls/c0', act: (p) => p.getByTestId('steps').waitFor() },
    'call-unknown': { path: '/calls/c7', act: (p) => p.getByTestId('no-call').waitFor() },
    'call-hostile': { path: '/calls/c1', rest: was.hostile, act: (p) => p.getByTestId('steps').waitFor() },
    'pocket-call': { path: '/calls/c1', size: [360, 740], act: (p) => p.getByTestId('steps').waitFor() },
  }).map(([name, s]) => [name, { path: '/calls', account: scenes.supervisor, act: (p) => p.getByTestId('calls').waitFor(), ...s, rest: { ...desk.lists(), ...was.calls, ...s.rest } }])),
  ...Object.fromEntries(Object.entries({
    'history': { path: '/history?compare=week,year', async act(p) { // each figure says by which rule it is reckoned
      await p.getByTestId('rows').waitFor()
      const bare = await p.locator('[data-testid^=figure-]').evaluateAll((all) => all.filter((e) => !e.title).map((e) => e.textContent))
      if (bare.length) throw new Error(`without their rule are ${bare}`)
    } },
    'history-today': { path: '/history?period=today&compare=week&figure=offered' },
    'history-two-years': { path: '/history?period=two_years&by=agent&figure=aht' },
    'history-own': { account: scenes.account, rest: { 'GET /history': past.own } },
    'history-none': { rest: past.nothing, act: (p) => p.getByTestId('none').waitFor() },
    'history-away': { rest: { 'GET /history/queue': [503, { code: 'unavailable', status: 503 }] }, act: (p) => p.getByRole('alert').waitFor() },
    'history-nobody': { account: { ...desk.ilja }, rest: { 'GET /history': { ...past.known, kinds: [] } }, act: (p) => p.getByTestId('no-history').waitFor() },
    'history-hostile': { rest: past.hostile },
    'history-keys': { async act(p) { await p.getByTestId('rows').waitFor(); await p.getByTestId('figure-aht').focus(); await p.keyboard.press('Enter'); await p.getByTestId('with-year').focus(); await p.keyboard.press('Space'); await p.getByTestId('into-technical').focus(); await p.keyboard.press('Enter'); await p.locator('[data-testid=subject]').evaluate((e) => { if (e.value !== 'technical') throw new Error(`it is about ${e.value}`) }) } },
    'pocket-history': { size: [360, 740] },
  }).map(([name, s]) => [name, { path: '/history', account: scenes.supervisor, act: (p) => p.getByTestId('rows').waitFor(), ...s, rest: { ...desk.lists(), ...past.history, ...s.rest } }])),
  ...Object.fromEntries(Object.entries({
    'adherence': {},
    'adherence-week': { path: '/adherence?from=2026-11-23&to=2026-11-29', rest: shifts.week },
    'adherence-own': { account: scenes.account, rest: shifts.own },
    'adherence-none': { rest: shifts.nobody, act: (p) => p.getByTestId('none').waitFor() },
    'adherence-unplanned': { rest: shifts.unplanned, act: (p) => p.getByTestId('no-plan').waitFor() },
    'adherence-away': { rest: { 'GET /adherence': [503, { code: 'unavailable', status: 503 }] }, act: (p) => p.getByRole('alert').waitFor() },
    'adherence-hostile': { rest: shifts.hostile },
    'adherence-keys': { async act(p) { await p.getByTestId('rows').waitFor(); await p.getByTestId('more-g2').focus(); await p.keyboard.press('Enter'); await p.getByTestId('day-before').focus(); await p.keyboard.press('Enter'); await p.getByTestId('day').evaluate((e) => { if (e.value !== '2026-11-28') throw new Error(`it is about ${e.value}`) }) } },
    'pocket-adherence': { size: [360, 740] },
  }).map(([name, s]) => [name, { path: '/adherence', account: scenes.supervisor, act: (p) => p.getByTestId('rows').waitFor(), ...s, rest: { ...desk.lists(), ...shifts.kept, ...s.rest } }])),
  ...Object.fromEntries(Object.entries({
    'scores': { act: (p) => p.getByTestId('rows').waitFor() },
    'scores-figures': { path: '/scores?show=figures', act: (p) => p.getByTestId('figures').waitFor() },
    'scores-none': { rest: reviews.none, act: (p) => p.getByTestId('none').waitFor() },
    'scores-own': { account: scenes.account, rest: reviews.own, act: (p) => p.getByTestId('rows').waitFor() },
    'scores-begin': { path: '/scores?call=c1', rest: reviews.beginning, async act(p) { await p.getByTestId('begin-usual').press('Enter'); await p.getByTestId('fill').waitFor(); await p.getByTestId('greets-1').press('Space'); await p.getByTestId('listens-4').press('Space'); await p.getByTestId('score').getByText('81').waitFor() } },
    'scores-draft': { path: reviews.at(1), act: (p) => p.getByTestId('fill').waitFor() },
    'scores-calibrated': { path: reviews.at(2), act: (p) => p.getByTestId('differ').waitFor() },
    'scores-theirs': { path: reviews.at(3), account: scenes.account, async act(p) { await p.getByTestId('say-object').waitFor(); await p.getByTestId('say-text').fill('Я поздоровалась.') } },
    'scores-objected': { path: reviews.at(4), act: (p) => p.getByTestId('objection').waitFor() },
    'scores-answer': { path: reviews.at(5), act: (p) => p.getByTestId('say-answer').waitFor() },
    'scores-away': { rest: { 'GET /scorecards': [503, { code: 'unavailable', status: 503 }] }, act: (p) => p.getByRole('alert').waitFor() },
    'scores-undrawn': { rest: { 'GET /scorecards/sample': [503, { code: 'unavailable', status: 503 }] }, async act(p) { await p.getByTestId('undrawn').waitFor(); await p.getByTestId('rows').waitFor() } },
    'scores-hostile': { path: reviews.at(4), rest: reviews.hostile, act: (p) => p.getByTestId('objection').waitFor() },
    'pocket-scores': { path: reviews.at(1), size: [360, 740], act: (p) => p.getByTestId('fill').waitFor() },
  }).map(([name, s]) => [name, { path: '/scores', account: scenes.supervisor, ...s, rest: { ...desk.lists(), ...reviews.scores, ...s.rest } }])),
  'wall-expiring': { path: '/wall', wall: () => ({ ...scenes.wall(), expiring: scenes.expiring }), size: [1440, 900], act: (p) => p.getByTestId('wall-expiring').waitFor() },
  'desk-expiring': { path: '/desk', me: () => scenes.me({ agent: { ...scenes.me().agent, skills: [{ skill: 'technical', level: 4, until: '2026-10-31', ends: 'over' }, { skill: 'subscribers', level: 3, until: '2027-01-31', ends: 'soon' }] } }), async act(p) { await shift(p); await p.getByTestId('skills-end').waitFor() } },
  ...Object.fromEntries(Object.entries({
    'voicemails': { act: (p) => p.getByTestId('done').waitFor() },
    'voicemails-heard': { async act(p) { await p.getByTestId('listen').first().press('Enter'); await p.getByTestId('wave').waitFor() } },
    'voicemails-plain': { async act(p) { await p.getByTestId('listen').nth(2).press('Enter'); await p.getByTestId('message').waitFor() } },
    // What is heard stays where it stands when it is done, and goes when it is closed; the focus goes to the next row.
    'voicemails-done': { rest: messages.marks(), async act(p) {
      const [first, player] = [p.getByTestId('todo').getByTestId('voicemail-c1'), p.getByTestId('wave')]
      await first.getByTestId('listen').press('Enter')
      await player.evaluate((e) => { e.dataset.same = 'yes' })
      await p.keyboard.press('d')
      await first.getByTestId('undo').waitFor()
      if ((await player.getAttribute('data-same')) !== 'yes') throw new Error('the player was built anew')
      await first.getByTestId('listen').press('Enter')
      await p.getByTestId('done').getByTestId('voicemail-c1').getByTestId('undo').press('Enter')
      await first.waitFor()
      await first.getByTestId('do').press('Enter')
      await first.waitFor({ state: 'detached' })
      await p.waitForFunction(() => document.activeElement?.closest('[data-row]')?.dataset.row === 'c2/1')
      await p.getByTestId('done').getByTestId('voicemail-c1').getByTestId('undo').press('Enter')
      await first.waitFor()
    } },
    'voicemails-none': { rest: messages.none, act: (p) => p.getByTestId('none').waitFor() },
    'voicemails-away': { rest: { 'GET /voicemails': [503, { code: 'unavailable', status: 503 }] }, act: (p) => p.getByRole('alert').waitFor() },
    'voicemails-hostile': { rest: messages.hostile, act: (p) => p.getByTestId('done').waitFor() },
    'pocket-voicemails': { size: [360, 740], async act(p) { await p.getByTestId('listen').first().press('Enter'); await p.getByTestId('wave').waitFor() } },
  }).map(([name, s]) => [name, { path: '/voicemails', account: scenes.supervisor, ...s, rest: { ...desk.lists(), ...messages.voicemails, ...s.rest } }])),
  'desk-voicemails': { path: '/desk', me: () => scenes.me(), rest: { ...desk.work, ...messages.voicemails }, async act(p) { await shift(p); await p.getByTestId('work-voicemails').waitFor() } },
  'wall-off': { path: '/wall', wall: () => ({ ...scenes.wall(), off: shifts.off }), size: [1440, 900], act: (p) => p.getByTestId('wall-off').waitFor() },
  // What is null in a frame is no more.
  'wall-off-over': { path: '/wall', wall: () => ({ ...scenes.wall(), off: shifts.off }), size: [1440, 900], async act(p, link) { await p.getByTestId('wall-off').waitFor(); link('wall').event('wall', 'queue.changed', { now: scenes.wall().now, off: null }); await p.getByTestId('wall-off').waitFor({ state: 'detached' }) } },
  ...Object.fromEntries(Object.entries({
    'hooks': {},
    'hooks-again': { async act(p) { await p.getByTestId('again-900').click(); await p.getByTestId('again-900').waitFor({ state: 'detached' }); await p.getByTestId('sent').getByText('1').waitFor() } },
    'hooks-none': { rest: untaken.none, act: (p) => p.getByTestId('none').waitFor() },
    'hooks-away': { rest: { 'GET /hooks/dead': [503, { code: 'unavailable', status: 503 }] }, act: (p) => p.getByRole('alert').waitFor() },
    'hooks-hostile': { rest: untaken.hostile },
    'pocket-hooks': { size: [360, 740] },
  }).map(([name, s]) => [name, { path: '/hooks', account: scenes.supervisor, act: (p) => p.getByTestId('dead').waitFor(), ...s, rest: { ...desk.lists(), ...untaken.dead, ...s.rest } }])),
  ...Object.fromEntries(Object.entries({
    'reports': { async act(p) { await p.getByTestId('rows').waitFor(); const lefts = await p.locator('.total .name').evaluateAll((all) => all.map((e) => Math.round(e.getBoundingClientRect().left - e.closest('.total').getBoundingClientRect().left))); if (new Set(lefts).size > 1 || lefts[0] > 20) throw new Error(`names of figures begin at ${lefts}`) } },
    'reports-clocks': { path: '/reports?report=clocks' },
    'reports-people': { path: '/reports?report=people&figure=age' },
    'reports-days': { path: '/reports?report=tickets&from=2026-11-01&to=2026-11-29&group=topic&department=technical', async act(p) { await p.getByTestId('rows').waitFor(); await p.locator('details summary').click() } },
    'reports-head': { account: { ...desk.ilja }, rest: { 'GET /reports': told.knownToHead } },
    'reports-nobody': { account: { ...desk.ilja }, rest: { 'GET /reports': told.knownToNobody }, act: (p) => p.getByTestId('no-reports').waitFor() },
    'reports-none': { rest: told.nothing, act: (p) => p.getByTestId('none').waitFor() },
    'reports-away': { rest: { 'GET /reports/tickets': [503, { code: 'unavailable', status: 503 }] }, act: (p) => p.getByRole('alert').waitFor() },
    'reports-hostile': { path: '/reports?group=topic', rest: told.hostile },
    'reports-narrow': { size: [820, 1180] },
    'pocket-reports': { size: [360, 740] },
  }).map(([name, s]) => [name, { path: '/reports', account: scenes.supervisor, act: (p) => p.getByTestId('rows').waitFor(), ...s, rest: { ...desk.lists(), ...told.reports, ...s.rest } }])),
  'wall-stale': { path: '/wall', wall: () => scenes.wall(), size: [1920, 1080], act: (p) => p.getByTestId('wall-stale').waitFor() },
}

const unknown = only?.filter((name) => !shots[name]) ?? []
if (unknown.length) throw new Error(`ONLY names what there is not: ${unknown}`)
// What its browser keeps silent says so above all else, and would in each picture; a state that is `silent` is in a browser that does, and nothing is looked up in its page
// before that is said, for that would count as pressed.
const heard = await launch(['--autoplay-policy=no-user-gesture-required'])
const silent = Object.values(shots).some((s) => s.silent) ? await launch() : null
const patience = 1000 * Number(process.env.WAIT_S ?? 8)
let failed = 0
let made = 0
const languages = ['ru', 'en']
const themes = ['light', 'dark']
const wants = (name, language, theme) => wanted.every((w) => `${name}-${language}-${theme}`.includes(w)) && (!only || only.includes(name)) && (!pairs || pairs.includes(`${language}-${theme}`))
const left = Object.entries(shots).filter(([name]) => languages.some((l) => themes.some((t) => wants(name, l, t))))

/** said waits until a silent page has said something, by its test id. */
function said(page, id) {
  const late = new Promise((_, fail) => setTimeout(() => fail(new Error(`${id} is not there`)), patience).unref())
  const there = async () => {
    while (!(await asks(page, `Boolean(document.querySelector('[data-testid="${id}"]'))`))) await page.waitForTimeout(50)
  }
  return Promise.race([there(), late])
}

/**
 * unfit runs in a page, and says what people cannot read as it stands: days and codes as machines write them, a telephone number that is broken over two lines, and on a
 * telephone a top bar that leaves no room.
 */
function unfit() {
  const bad = []
  const said = document.body.innerText
  for (const raw of said.match(/\b20\d\d-\d\d-\d\d\b|\b\d\d:\d\d.[AP]M\b|\blang:[a-z]{2}\b|(?<=\d )г\.\./g) ?? []) bad.push(`it reads “${raw}”`)
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode())
    for (const found of texts.currentNode.data.matchAll(/\+\d[\d -]{7,18}\d/g)) {
      const at = document.createRange()
      at.setStart(texts.currentNode, found.index)
      at.setEnd(texts.currentNode, found.index + found[0].length)
      if (new Set([...at.getClientRects()].map((r) => Math.round(r.top))).size > 1) bad.push(`${found[0]} is broken over two lines in ${texts.currentNode.parentElement.closest('[class]')?.className}`)
    }
  const bar = document.querySelector('header')?.getBoundingClientRect()
  if (innerWidth < 500 && bar?.top === 0 && bar.height > 0.34 * innerHeight) bad.push(`the top bar is ${bar.height} px high`)
  return bad
}

/** look comes to a state in a language, and takes a picture of it in each theme. */
async function look(name, s, language) {
  const seen = themes.filter((theme) => wants(name, language, theme))
  if (!seen.length) return
  const [width, height] = s.size ?? [1440, 900]
  const context = await (s.silent ? silent : heard).newContext({ viewport: { width, height }, colorScheme: seen[0], locale: language, permissions: ['microphone'] })
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  const bad = watch(page)
  let link
  const links = {} // by topic: the desk and the tickets have one each
  await serve(page, {
    rest: { ...scenes.lists, ...(s.me && desk.beside), 'GET /session': s.out ? [401, { code: 'not_signed_in' }] : s.account ?? (s.wall ? scenes.supervisor : scenes.account), ...s.rest },
    stream: {
      command: () => s.refuses,
      opened(l) { if (Object.values(links).some((one) => one.refuse)) { l.refuse = true; l.socket.close({ code: 1012 }) } link = l },
      subscribed: (topic, l) => { links[topic] = l; const data = topic === 'me' ? s.me() : topic === 'wall' ? s.wall() : {}; if (data) l.snapshot(topic, data) },
    },
  })
  await page.addInitScript((l) => localStorage.setItem('hotline.language', l), language)
  if (s.before) await page.addInitScript(s.before)
  const first = s.me?.()
  if (!s.unbegun && (first?.offer || first?.call || first?.wrap_up)) await page.addInitScript(shiftOn) // who has a call has begun their shift
  if (s.asset) await page.route((url) => url.pathname.includes(s.asset[0]), s.asset[1])
  await page.goto(origin + s.path)
  try {
    if (s.silent) await said(page, s.silent)
    await page.locator('main').first().waitFor()
    if (s.me?.()) await page.locator('[data-testid="activity"]').waitFor({ state: 'attached' })
    await s.act?.(page, (topic) => links[topic ?? (s.me ? 'me' : 'tickets')] ?? link)
  } catch (e) {
    bad.push(`not come to: ${e.message.split('\n')[0]}`)
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (wide > 0) bad.push(`the page is ${wide} px too wide: ${await page.evaluate(() => [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth).slice(0, 3).map((e) => `${e.tagName}.${e.className} in ${e.parentElement?.className} “${e.textContent?.slice(0, 30)}”`).join(', '))}`)
  bad.push(...(await page.evaluate(unfit)))
  const flat = await page.evaluate(() => [...document.querySelectorAll('main > *')].filter((e) => /auto|scroll/.test(getComputedStyle(e).overflowY) && e.clientHeight < 10 && e.scrollHeight > e.clientHeight + 20).map((e) => e.className))
  if (flat.length > 0) bad.push(`there is no room for what is to be scrolled: ${flat.join(', ')}`)
  for (const theme of seen) {
    const title = `${name}-${language}-${theme}`
    await page.emulateMedia({ colorScheme: theme })
    await page.screenshot({ path: `${out}${title}.png`, fullPage: Boolean(process.env.FULL) })
    made++
    const violations = await axe(page)
    for (const v of violations) console.log(`${title}: ${v}`)
    failed += violations.length
  }
  for (const b of bad) console.log(`${name}-${language}: ${b}`)
  failed += bad.length
  await context.close()
}

await Promise.all(Array.from({ length: Number(process.env.AT_ONCE ?? 2) }, async () => {
  for (let next; (next = left.shift()); ) for (const language of languages) await look(...next, language)
}))
await heard.close()
await silent?.close()
console.log(failed ? `${failed} faults` : `all well: ${made} pictures`)
process.exitCode = failed || !made ? 1 : 0
