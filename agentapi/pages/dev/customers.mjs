// What the server says of customers: one with everything, those found, doubles, and what stands against a change.
import { directory, row } from './tickets.mjs'

const ago = (s) => new Date(Date.now() - s * 1000).toISOString()
const ahead = (s) => new Date(Date.now() + s * 1000).toISOString()
const day = 86_400
export const id = '01900000-0000-7000-8000-0000000000a1'
const other = '01900000-0000-7000-8000-0000000000a2'
const third = '01900000-0000-7000-8000-0000000000a3'

export const anna = {
  id, name: 'Анна Викторовна Лебедева', contract: '4417-22', address: 'ул. Заречная, 14, кв. 52', numbers: ['+79123456789', '+78432001122'], mails: ['anna.lebedeva@example.org'],
  addresses: ['ул. Заречная, 14, кв. 52', 'дачный посёлок «Рассвет», участок 7'], equipment: ['Роутер Vega R2, s/n 77-104-31', 'ТВ-приставка Mira 4K'],
  contracts: [{ number: '4417-22', agreement: 'home', ends_on: '2026-10-20', expired: true }, { number: '5120-03', agreement: 'business', ends_on: '2028-01-31' }],
  notes: ['Просит звонить после 18:00.', 'Говорит тихо.\nПереспрашивать спокойно.'], warnings: ['Долг 420 ₽, отключение 25-го.'], external_id: 'crm-10447', version: 3,
}
const firm = { id: other, name: 'ООО «Заря»', contract: '8810-07', address: 'пр. Мира, 3', numbers: ['+78432001122'], mails: [], addresses: ['пр. Мира, 3'], contracts: [{ number: '8810-07' }], equipment: [], notes: [], warnings: [], version: 1 }
const double = { id: third, name: 'Лебедева Анна', contract: '', address: '', numbers: ['+79123456789'], mails: ['anna.lebedeva@example.org'], addresses: [], contracts: [], equipment: [], notes: [], warnings: [], version: 2 }
const long = { ...firm, id: third, name: 'Общество с ограниченной ответственностью «Длинное название организации, которое не помещается в строку»', contract: '0000-00', warnings: ['Не соединять с директором.'] }

const contact = (n, more) => ({ id: `k${n}`, channel: 'call', ticket: String(100_000 + n), at: ago(n * 1.3 * day), ended_at: ago(n * 1.3 * day - 260), from: '+79123456789', topic: 'fault', agent: 'Вера Соколова', outcome: 'served', disposition: 'resolved', note: n % 2 ? '' : 'Вечером пропадает связь, индикатор гаснет. Перезагрузка помогает на полчаса.', ...more })
const contacts = [contact(1), contact(2, { outcome: 'abandoned_in_queue', agent: '', note: '' }), contact(4, { channel: 'letter', from: '' }), contact(9)]

export const file = (customer = anna, more = {}) => ({
  customer, shared: { '+78432001122': 3 }, open_tickets: [], contacts,
  promises: [{ ticket: '100000', n: 1, what: 'Позвонить после работ на линии', to: 'Анна', channel: 'call', due: ahead(7200), person: 'p1' }, { ticket: '100006', n: 1, what: 'Прислать перерасчёт', due: ago(7200) }],
  merged: [{ id: 'm1', merged: other, name: 'Лебедева А. В.', into: id, at: ago(40 * day), by: 'vera', tickets: 2, contacts: 5 }], ...more,
})

const vera = { kind: 'person', id: 'p7', name: 'Вера Соколова', from: 'page' }
export const changes = {
  items: [
    { version: 1, at: ago(300 * day), by: { kind: 'rule', id: 'history' }, kind: 'created', patch: { name: [null, 'Анна Лебедева'], numbers: [[], ['+79123456789']] } },
    { version: 2, at: ago(40 * day), by: vera, kind: 'took_over', patch: { numbers: [['+79123456789'], ['+79123456789', '+78432001122']] } },
    { version: 3, at: ago(3 * day), by: vera, kind: 'changed', patch: { name: ['Анна Лебедева', 'Анна Викторовна Лебедева'], warnings: [[], ['Долг 420 ₽, отключение 25-го.']], contracts: [[{ number: '4417-22' }], [{ number: '4417-22', agreement: 'home', ends_on: '2026-10-20' }]] } },
  ],
}
export const stale = [412, { code: 'stale', status: 412, version: 4, customer: { ...anna, version: 4, name: 'Анна В. Лебедева', mails: [...anna.mails, 'al@example.org'] }, since: [{ version: 4, at: ago(20), by: { kind: 'person', id: 'p2', name: 'Мария Котова' }, kind: 'changed', patch: { name: ['Анна Викторовна Лебедева', 'Анна В. Лебедева'], mails: [anna.mails, [...anna.mails, 'al@example.org']] } }] }]
export const refused = [422, { code: 'invalid', status: 422, errors: [{ field: 'body.contracts[0].number', rule: 'is another customer’s', code: 'taken', of: other }] }]
export const preview = { merged: double, into: anna, after: { ...anna, mails: ['anna.lebedeva@example.org', 'lebedeva@example.org'] }, tickets: 3, contacts: 12 }

export const found = (how = 'exact') => ({ items: [anna, firm, long], how, next_cursor: 'more' })
export const evil = {
  ...anna, name: '\u202E<img src=x onerror=alert(1)>\u0000 😀' + 'Щ'.repeat(180), warnings: ['"; DROP TABLE customers; -- ' + 'x'.repeat(470), '\u202Eшутка'], mails: ['a'.repeat(60) + '@' + 'b'.repeat(190)], addresses: ['W'.repeat(500)],
  numbers: ['+7' + '9'.repeat(13), '<b>1</b>'], contracts: [{ number: 'W'.repeat(64), agreement: '<i>' + 'я'.repeat(60), ends_on: '<script>' }], equipment: Array.from({ length: 30 }, (_, i) => `\u202E${i} ` + 'Ж'.repeat(290)), notes: Array.from({ length: 5 }, () => 'Ъ'.repeat(4000)),
}
export const rest = (customer = anna, more = {}) => ({
  ...directory, 'GET /customers': found(), [`GET /customers/${id}`]: file(customer), [`GET /customers/${id}/contacts`]: { items: contacts, next_cursor: '' },
  [`GET /customers/${id}/changes`]: changes, [`GET /customers/${id}/doubles`]: { items: [{ customer: double, why: ['number', 'mail', 'name'] }] }, [`GET /customers/${id}/merge`]: preview, [`GET /customers/${third}/merge`]: preview,
  'GET /tickets/counts': {}, 'GET /tickets': (request) => (new URL(request.url()).searchParams.get('state') === 'open' ? { items: [row(0), row(2), row(6)], next_cursor: '' } : { items: [row(0), row(2), row(6), row(9, { opened_at: ago(9 * day) })], next_cursor: '' }), ...more,
})
export const nobody = rest({ id, name: '', numbers: ['+79123456789'], provisional: true, version: 1 }, { [`GET /customers/${id}/doubles`]: { items: [] }, [`GET /customers/${id}/contacts`]: { items: [], next_cursor: '' }, 'GET /tickets': { items: [], next_cursor: '' } })

const ofImport = '01900000-0000-7000-8000-0000000000f1'
export const imports = (more = {}) => {
  const one = { id: ofImport, name: 'клиенты \u202E<b>2026</b>.csv', size: 9_400_000, read: 9_400_000, state: 'checked', by: 'Вера Соколова', at: ago(60), rows: 48_211, counts: { created: 1204, changed: 311, unchanged: 46_601, left: 12, wrong: 83 }, ended_at: null, mine: false, columns: [['Код', 'external_id'], ['ФИО', 'name'], ['Телефон 1', 'number'], ['Телефон 2', 'number'], ['<b>Менеджер</b>\u202E', '-'], ['', '-']].map(([name, holds]) => ({ name, holds })), ...more }
  return rest(anna, {
    'GET /imports': { items: [one] }, [`GET /imports/${ofImport}`]: one,
    [`GET /imports/${ofImport}/rows`]: (request) => {
      const what = new URL(request.url()).searchParams.get('what')
      if (what === 'wrong') return { items: [{ line: 17, name: '', code: 'not_a_number', column: 'number', why: 'number: expected a telephone number', words: { ru: 'номер: это не телефонный номер', en: 'number: expected a telephone number' } }, { line: 40_112, name: '=HYPERLINK("http://evil")', why: 'contract K-9 is of another customer: <img src=x onerror=alert(1)>' }] }
      return { items: [{ line: 5, name: 'Анна Лебедева', patch: { numbers: [['+79123456789'], ['+79123456789', '+78432001122']], notes: [[], ['=cmd|calc', '\u202Eшутка']] } }, { line: 9, name: 'ООО «Заря»', patch: {} }] }
    },
  })
}
