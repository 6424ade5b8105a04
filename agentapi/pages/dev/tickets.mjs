// What the server says of tickets: lists, a ticket in each state, and what stands against a command.
const ago = (s) => new Date(Date.now() - s * 1000).toISOString()
const ahead = (s) => new Date(Date.now() + s * 1000).toISOString()
const h = 3600
const d = 86_400

export const ilja = { id: 'a2', login: 'ilja', name: 'Илья Громов', role: 'department', language: 'ru', person: 'p1', seat: false }

const departments = [
  { id: 'first_line', name: { ru: 'Первая линия', en: 'First line' }, head: 'p9', people: [{ id: 'p7', name: 'Вера Соколова' }, { id: 'p9', name: 'Helen Ward' }] },
  { id: 'technical', name: { ru: 'Техническая поддержка', en: 'Technical support' }, head: 'p1', people: [{ id: 'p1', name: 'Илья Громов' }, { id: 'p2', name: 'Мария Котова' }] },
  { id: 'field', name: { ru: 'Выездная служба', en: 'Field service' }, head: 'p3', people: [{ id: 'p3', name: 'Тимур Ахметов' }] },
  { id: 'finance', name: { ru: 'Бухгалтерия', en: 'Finance' }, head: 'p4', people: [{ id: 'p4', name: 'Ольга Вебер' }] },
]
const topics = [
  { id: 'fault', name: { ru: 'Неисправность', en: 'Fault' }, department: 'technical' },
  { id: 'fault.line', name: { ru: 'Нет связи', en: 'No connection' }, parent: 'fault', department: 'technical' },
  { id: 'billing', name: { ru: 'Расчёты', en: 'Billing' }, department: 'finance' },
]
const answers = [
  { id: 'hello', name: { ru: 'Приняли в работу', en: 'We work on it' }, text: { ru: 'Здравствуйте, {customer_name}! Ваша заявка {number} в работе. Мы сообщим вам до {date}.', en: 'Dear {customer_name}, we work on your request {number}. You will hear from us by {date}.' } },
]
const names = ['Анна Викторовна Лебедева', 'ООО «Заря»', 'Пётр Ильич Сафронов', 'James O’Neil', 'ООО «Длинное название организации, которое не помещается в строку»', '']
const subjects = ['Пропадает интернет по вечерам', 'Перенос договора на новый адрес', 'Не приходит счёт за ноябрь', 'Роутер перезагружается каждые полчаса и теряет настройки после отключения света', '', 'Жалоба на ответ от 12 ноября']
const phases = ['in_work', 'open', 'waiting', 'new', 'solved', 'in_work']

/** row is a line of a list; whatever number it has, it is plausible. */
export function row(n, more = {}) {
  const phase = phases[n % 6]
  const person = n % 3 !== 1
  return {
    number: String(100_000 + n), subject: subjects[n % 6], customer: names[n % 6] ? { id: `k${n % 6}`, name: names[n % 6] } : null, phase, state: 'open',
    ...(phase === 'waiting' && { awaits: ['customer', 'vendor', 'date'][n % 3] }),
    owner: person ? ['p1', 'p2', 'p3'][n % 3] : 'technical', owner_kind: person ? 'person' : 'department', owner_name: person ? ['Илья Громов', 'Мария Котова', 'Тимур Ахметов'][n % 3] : 'technical',
    department: 'technical', department_name: { ru: 'Техническая поддержка', en: 'Technical support' }, topic: ['fault', 'fault.line', 'billing'][n % 3], class: ['claim', 'information', 'personal', 'outage', 'claim', 'complaint'][n % 6], priority: [3, 3, 1, 2, 4, 3][n % 6],
    next_at: ago((9 - n) * 1700), opened_at: ago(d * 2 + n * 60), activity_at: ago(300 + n * 60),
    clock: n % 6 === 4 ? null : n % 6 === 2 ? { kind: 'resolution', due: null, paused: true } : { kind: n % 2 ? 'reaction' : 'resolution', due: ahead((n - 3) * 2900), warn_at: ahead((n - 5) * 2900), broken: n < 3 },
    promise_due: n % 6 === 0 ? ahead(2 * h) : null, parts_open: n % 6 === 1 ? 2 : 0, reopened: n % 6 === 5 ? 1 : 0, escalated: n % 6 === 2 ? 1 : 0, version: 3, ...more,
  }
}

export const counts = { mine: 14, department: 38, free: 9, soon: 4, vendor: 12, confirm: 6, overdue: 3, promised: 2, callback: 5, complaints: 1, waiting: 1000, returned: 1 }

/** paged answers a question for rows as the server does, of so many in all, which differ from what they are otherwise in `more`. */
export const paged = (all, more = {}) => (request) => {
  const q = new URL(request.url()).searchParams
  const asked = q.get('numbers')?.split(',')
  if (asked) return { items: asked.map((n) => row(Number(n) - 100_000, { ...more, version: 4 })) }
  const from = Number(q.get('cursor') || 0)
  const to = Math.min(all, from + Number(q.get('limit') ?? 50))
  return { items: Array.from({ length: to - from }, (_, i) => row(from + i, more)), next_cursor: to < all ? String(to) : '', as_of: ago(0) }
}

export const directory = { 'GET /departments': departments, 'GET /topics': topics, 'GET /vendors': [{ id: 'telco', name: 'Телеком-Сервис' }], 'GET /answers': { items: answers }, 'GET /notices': { items: [{ id: 3, ticket: '100236', kind: 'clock_warning', about: 'resolution', due: ahead(h), at: ago(700), seen_at: null }, { id: 2, ticket: '100181', kind: 'part', at: ago(9000), due: null, seen_at: ago(8000) }] }, 'GET /views': { items: [{ id: 'v1', name: 'Нет связи, срочно', query: { list: 'all', topic: 'fault.line' } }] } }
export const lists = (all = 47) => ({ ...directory, 'GET /tickets/counts': counts, 'GET /tickets': paged(all) })
export const hostileLists = { ...directory, 'GET /tickets/counts': counts, 'GET /tickets': { items: [row(1, { subject: '\u202E<img src=x onerror=alert(1)>\u0000 '.repeat(200), customer: { id: 'x', name: '"; DROP TABLE 😀' + 'W'.repeat(10_000) } }), row(2)], next_cursor: '' } }

const vera = { kind: 'person', id: 'p7', name: 'Вера Соколова', from: 'desk' }
const me = { kind: 'person', id: 'p1', name: 'Илья Громов', from: 'page' }
const story = [
  { id: 'c1', type: 'contact', recordings: 1, at: ago(2 * d), channel: 'call', queue: 'technical', agent: 'g7', agent_name: 'Вера Соколова', outcome: 'served', from: '+79123456789', answered_at: ago(2 * d - 40), ended_at: ago(2 * d - 320), note: 'Вечером с 19 до 22 пропадает связь, индикатор гаснет.\nПерезагрузка помогает на полчаса.' },
  { id: 'h1', type: 'change', at: ago(2 * d - 1), kind: 'opened', by: vera, version: 1, patch: { phase: ['', 'new'], owner: ['', 'first_line'] } },
  { id: 'e0', type: 'entry', at: ago(2 * d - 300), kind: 'request', internal: false, by: vera, text: 'Просит найти причину и перерасчёт за три вечера.' },
  { id: 'h2', type: 'change', at: ago(2 * d - 330), kind: 'hand_over', by: vera, version: 2, patch: { owner: ['first_line', 'technical'], phase: ['new', 'open'], department: ['first_line', 'technical'] } },
  { id: 'e1', type: 'entry', at: ago(2 * d - 330), kind: 'question', internal: true, by: vera, text: 'Похоже на линию, а не на роутер: у соседа то же.' },
  { id: 'h3', type: 'change', at: ago(d), kind: 'take', by: me, version: 3, patch: { owner: ['technical', 'p1'], phase: ['open', 'in_work'] } },
  { id: 'c2', type: 'contact', at: ago(d + 400), channel: 'messenger', from: '', note: 'Написал, что у соседа тоже.' },
  { id: 'h6', type: 'change', at: ago(d + 300), kind: 'link', by: me, version: 4, patch: { 'link.100181': ['', 'related'] } },
  { id: 'h7', type: 'change', at: ago(d + 200), kind: 'set_customer', by: vera, version: 4, patch: { customer: ['', 'k0'], topic: ['fault', 'fault.line'] } },
  { id: 'h8', type: 'change', at: ago(d + 100), kind: 'wrap_up.finished', by: { kind: 'call', id: 'g7' }, version: 4, patch: { next: ['', ago(0)] } },
  { id: 'h4', type: 'change', at: ago(d - 60), kind: 'add_part', by: me, version: 4, patch: { 'part.1': ['', '{}'] } },
  { id: 'h5', type: 'change', at: ago(d - 90), kind: 'promise', by: me, version: 5, patch: { 'promise.1': ['', '{}'] } },
  { id: 'e2', type: 'entry', at: ago(d - 120), kind: 'answer', internal: false, by: me, channel: 'mail', address: 'anna@example.org', text: 'Анна Викторовна, мастер проверит линию завтра с 10 до 12. Присутствовать не нужно.' },
  { id: 'f1', type: 'file', at: ago(7200), name: 'замеры линии.pdf', size: 184_320, internal: true, by: me },
  { id: 'e3', type: 'entry', at: ago(3600), kind: 'note', internal: true, by: { kind: 'person', id: 'p2', name: 'Мария Котова' }, text: 'Замеры пришли: затухание 41 дБ, заменить участок от щита.' },
]

// What an item is about stands under its type's name.
const raw = (items) => items.map(({ id, at, type, by, ...about }) => ({ id, at, type, by, [type]: about }))

/** file is a ticket as its page opens it. */
export function file(more = {}, ticket = {}) {
  return {
    ticket: {
      ...row(237, { number: '100237', subject: 'Пропадает интернет по вечерам', phase: 'in_work', awaits: '', owner: 'p1', owner_kind: 'person', owner_name: 'Илья Громов', class: 'claim', priority: 2, topic: 'fault.line', escalated: 0, reopened: 1, version: 7, next_at: ahead(3 * h) }),
      customer: { id: 'k0', name: names[0] }, language: 'ru', reply: { channel: 'mail', address: 'anna@example.org' }, ...ticket,
    },
    customer: {
      id: 'k0', version: 3, name: names[0], numbers: ['+79123456789', '+78432001122'], contract: '4417-22', contracts: [{ number: '4417-22', agreement: 'home', ends_on: '2026-10-20', expired: true }], mails: ['anna@example.org'], address: 'ул. Заречная, 14, кв. 52', equipment: ['Роутер Vega R2, s/n 77-104-31'], notes: ['Просит звонить после 18:00.'],
      warnings: ['Долг 420 ₽, отключение 25-го.'], open_tickets: [{ number: '100181', subject: 'Перенос договора на новый адрес', phase: 'open' }, { number: '100237', phase: 'in_work' }],
    },
    parts: [
      { n: 1, department: 'field', owner: 'p3', owner_name: 'Тимур Ахметов', what: 'Проверить участок от щита до квартиры 52', due: ago(h), state: 'open' },
      { n: 2, department: 'finance', what: 'Перерасчёт за три вечера', due: ahead(d), state: 'answered', answer: 'Перерасчёт 84 ₽ сделан, будет в счёте за декабрь.', by: 'p4' },
    ],
    promises: [{ n: 1, what: 'Позвонить после работ на линии', to: names[0], channel: 'call', due: ahead(5 * h), state: 'open', person: 'p1', moved: 1 }],
    vendors: [{ n: 1, vendor: 'telco', number: 'TS-88121', what: 'Заменить участок кабеля от щита', promised: ahead(2 * d), state: 'asked' }],
    reviews: [], links: [{ other: '100181', kind: 'related', subject: 'Перенос договора на новый адрес', phase: 'open' }],
    clocks: [
      { n: 1, kind: 'reaction', allowed_s: 4 * h, started_at: ago(2 * d), ended_at: ago(2 * d - 40), due: ago(2 * d - 4 * h) },
      { n: 2, kind: 'resolution', allowed_s: 16 * h, started_at: ago(2 * d), due: ahead(2 * h), warn_at: ago(h) },
      { n: 3, kind: 'department', department: 'technical', allowed_s: 8 * h, started_at: ago(d), due: ahead(9 * h), warn_at: ahead(8 * h) },
    ],
    whose: [{ party: 'first_line', seconds: 2 * h }, { party: 'department', seconds: 30 * h }, { party: 'customer', seconds: 9 * h }, { party: 'vendor', seconds: 4 * h }, { party: 'scheduled', seconds: 0 }],
    timeline: { items: raw([...story].reverse()), next_cursor: 'older' },
    may: ['take', 'hand_over', 'wait', 'plan', 'solve', 'note', 'tell', 'describe', 'promise', 'add_part', 'ask_vendor', 'refuse', 'withdraw', 'link', 'unlink', 'merge', 'split', 'answer_part', 'return_part', 'withdraw_part', 'keep_promise', 'move_promise', 'withdraw_promise', 'vendor_answered', 'remind_vendor', 'set_customer', 'set_parent'],
    files: [{ id: 'f1', name: 'замеры линии.pdf', type: 'application/pdf', size: 184_320, at: ago(7200), by: 'ilja', internal: true }],
    version: 7, ...more,
  }
}

/** likely is another ticket of the same matter, of another customer. */
export const likely = file({ parts: [], vendors: [], may: ['merge'] }, { number: '100181', subject: 'Перенос договора на новый адрес', phase: 'open', customer: { id: 'k9', name: 'ООО «Заря»' } })
export const people = { items: [
  { id: 'k0', version: 3, name: names[0], numbers: ['+79123456789'], contract: '4417-22', address: 'ул. Заречная, 14, кв. 52' },
  { id: 'k7', name: 'Анна Лебедева', numbers: ['+79123456780'], address: 'пр. Мира, 2' },
], how: 'alike' }
export const solved = file({ may: ['confirm', 'reopen', 'note', 'withdraw'], vendors: [], promises: [], parts: [] }, { phase: 'solved', solved_by: 'p1', next_at: ahead(3 * d), clock: null })
export const watched = file({ may: [], parts: [], vendors: [], promises: [], files: [] }, { phase: 'waiting', awaits: 'customer', merged_into: '100181', parent: '100900' })
export const complained = file({
  may: ['review', 'decide_review', 'escalate_review', 'note'], parts: [], vendors: [], promises: [],
  reviews: [{ n: 1, level: 2, department: 'first_line', reviewer: 'p9', complaint: 'Мне ответили, что причина в роутере, но его заменили, и ничего не изменилось.', due: ahead(d), state: 'open' }],
}, { class: 'complaint', subject: 'Жалоба на ответ от 12 ноября' })
export const hostile = file({
  customer: { id: 'x', version: 1, name: '\u202E<script>alert(1)</script>\u0000' + 'Щ'.repeat(4000), warnings: ['"; DROP TABLE tickets; -- ' + 'x'.repeat(3000)], open_tickets: [] },
  timeline: { items: raw([{ id: 'e9', type: 'entry', at: ago(60), kind: 'note', internal: true, by: { kind: 'person', id: 'x', name: '<b>x</b>\u202E' }, text: ('<img src=x onerror=alert(1)> \u202Eрусский\u0000 😀 =cmd|calc\n').repeat(300) }, { id: 'e8', type: 'entry', at: ago(90), kind: 'answer', internal: false, by: me, text: 'Ъ'.repeat(10_000) }]) },
}, { subject: '<h1>\u202E' + 'A'.repeat(190) })

/** newer is the ticket after a colleague's note. */
export const newer = { on: false, file: file({ timeline: { items: raw([{ id: 'e20', type: 'entry', at: ago(2), kind: 'note', internal: true, version: 9, by: { kind: 'person', id: 'p2', name: 'Мария Котова' }, text: 'Мастер уже в пути.' }, ...[...story].reverse()]), next_cursor: 'older' }, version: 9 }) }

/** What the desk asks of tickets while one talks, and between calls. */
const mayInCall = ['add_part', 'ask_vendor', 'confirm', 'describe', 'hand_over', 'keep_promise', 'link', 'merge', 'move_promise', 'note', 'plan', 'promise', 'refuse', 'solve', 'split', 'take', 'tell', 'wait', 'withdraw', 'withdraw_promise']
const veras = { owner: 'p7', owner_kind: 'person', owner_name: 'Вера Соколова', department: 'first_line', department_name: { ru: 'Первая линия', en: 'First line' } }
export const inCall = file({ customer: { ...file().customer, id: 'k1' }, may: mayInCall, vendors: [], reviews: [] }, { ...veras, phase: 'in_work' })
export const handedOver = file({ may: ['describe', 'note', 'promise', 'tell', 'hand_over'], vendors: [], parts: [] }, { owner: 'technical', owner_kind: 'department', phase: 'open' })
export const fresh = file(
  { customer: { id: 'k9', name: '', provisional: true, numbers: ['+442071838750'] }, may: mayInCall, parts: [], promises: [], vendors: [], links: [], files: [], clocks: [], whose: [], timeline: { items: raw(story.slice(1, 2)), next_cursor: '' }, version: 2 },
  { ...veras, number: '100501', subject: '', topic: '', class: '', priority: 0, customer: null, reopened: 0, clock: null, promise_due: null, next_at: ahead(d) },
)
export const beside = {
  ...directory, 'GET /tickets': { items: [], next_cursor: '' }, 'GET /tickets/counts': counts, 'GET /notices': { items: [] }, 'GET /tickets/100237/file': inCall, 'GET /customers/by-number': { items: [], how: 'exact' },
  'GET /customers/k0': { customer: { ...inCall.customer, version: 1 }, open_tickets: [], contacts: [], merged: [] }, 'GET /customers/k1': { customer: { ...inCall.customer, id: 'k1', version: 1 }, open_tickets: [], contacts: [], merged: [] },
  'GET /customers/k9': { customer: { ...fresh.customer, version: 1 }, open_tickets: [], contacts: [], merged: [] },
}
const some = (list) => ({ mine: [row(6, { next_at: ago(h) }), row(0, { next_at: ahead(600) }), row(5, { next_at: ahead(900) })], promised: [row(3, { promise_due: ahead(h), owner: 'technical', owner_kind: 'department' })], returned: [row(12)], callback: [row(4, { number: '100301', phase: 'new', customer: null, caller: '+12025550143', subject: '', next_at: ago(300) })], free: [row(1, { number: '100307', owner: 'first_line', owner_kind: 'department', next_at: ahead(4 * h) }), row(2, { number: '100308', owner: 'first_line', owner_kind: 'department', phase: 'open', next_at: ahead(5 * h) })] })[list] ?? []
export const work = {
  'GET /tickets': (request) => ({ items: some(new URL(request.url()).searchParams.get('list')), next_cursor: '' }),
  'GET /notices': { items: [{ id: 8, ticket: '100231', kind: 'assigned', at: ago(500), due: null, seen_at: null }, { id: 7, ticket: '100228', kind: 'part_overdue', department: 'first_line', at: ago(4000), due: ago(4000), seen_at: null }] },
}
/** described is what stands against a description when a colleague was faster. */
export const described = [412, { code: 'stale', status: 412, version: 9, since: [{ at: ago(20), kind: 'describe', by: { kind: 'person', id: 'p2', name: 'Мария Котова' }, patch: { subject: ['Пропадает интернет по вечерам', 'Обрывы связи вечером'] } }] }]

/** stale is what stands against a command when a colleague was faster. */
export const stale = [412, { code: 'stale', status: 412, version: 9, since: [{ at: ago(20), kind: 'hand_over', by: { kind: 'person', id: 'p2', name: 'Мария Котова' }, patch: { owner: ['p1', 'p3'], phase: ['in_work', 'open'] } }, { at: ago(5), kind: 'note', by: { kind: 'person', id: 'p2', name: 'Мария Котова' }, patch: {} }] }]

const day = (n, more) => ({ date: new Date(Date.now() + n * d * 1000).toISOString().slice(0, 10), open: [{ from: '2026-01-01T09:00:00+03:00', to: '2026-01-01T13:00:00+03:00' }, { from: '2026-01-01T14:00:00+03:00', to: '2026-01-01T18:00:00+03:00' }], pieces: [], counted_s: 8 * h, left_s: 0, ...more })
export const reckoning = {
  days: [
    day(-5, { counted_s: 3 * h, left_s: 13 * h }), day(-4, { counted_s: 0, left_s: 13 * h, open: [], unusual: true, name: { ru: 'День народного единства', en: 'Unity Day' } }), day(-3, { counted_s: 0, left_s: 13 * h, open: [] }),
    day(-2, { counted_s: 5 * h, left_s: 8 * h, pieces: [{ why: 'paused', party: 'customer' }] }), day(-1, { counted_s: 8 * h, left_s: 0 }), day(0, { counted_s: 2 * h, left_s: -2 * h }), day(1, { counted_s: 0, left_s: -2 * h, pieces: [{ why: 'counts', ahead: true }] }),
  ],
}

/** signingOut fails once, as where the server restarts in that moment. */
let tried = 0
export const signingOut = () => (tried++ % 2 ? {} : [503, { code: 'unavailable' }])
