// What the server says of reviews of calls.
const both = (ru, en) => ({ ru, en })
const form = {
  id: 'usual', title: both('Обычная проверка', 'Usual review'), sections: [
    { title: both('Разговор', 'The talk'), criteria: [{ id: 'greets', title: both('Поздоровался и назвал себя', 'Greeted, and gave their name'), kind: 'yes_no', weight: 1 }, { id: 'listens', title: both('Выслушал и понял', 'Listened and understood'), kind: 'scale', weight: 3 }] },
    { title: both('Безопасность', 'Safety'), criteria: [{ id: 'identity', title: both('Проверил, кто звонит', 'Made sure who is calling'), kind: 'yes_no', weight: 2, optional: true, fails_all: true }] },
  ],
}
const day = 86_400e3
const ago = (ms) => new Date(Date.now() - ms).toISOString()
const id = (n) => `00000000-0000-4000-8000-00000000000${n}`
const say = (a, b, c, notes = {}) => [['greets', a], ['listens', b], ['identity', c]].map(([criterion, value]) => ({ criterion, value, ...(notes[criterion] && { note: notes[criterion], at_s: 130 }) }))
const first = { by: 'olga', answers: say(1, 4, 1, { listens: 'Перебила один раз, на 2:10.' }), note: 'Хороший разговор. Следите за паузами.', submitted_at: ago(2 * day), score: { share: 0.875 } }
const second = { by: 'petr', answers: say(0, 4, null), submitted_at: ago(day), score: { share: 0.56 } }
const card = (n, more) => ({ id: id(n), call: 'c1', agent: 'g7', agent_name: 'Вера Соколова', queue: 'technical', queue_name: both('Техническая поддержка', 'Technical support'), form, begun_at: ago(n * day), reviews: [], names: { olga: 'Helen Ward', petr: 'Пётр Иванов' }, differences: [], may: [], ...more })
export const blank = card(1, { may: ['review'] })
export const draft = card(1, { may: ['review'], reviews: [{ by: 'olga', answers: say(1, 4, 0).slice(0, 3), note: '', submitted_at: null, score: { share: 0 } }] })
export const calibrated = card(2, { reviews: [first, second], differences: [{ criterion: 'greets', first: 1, second: 0 }, { criterion: 'identity', first: 1, second: null }] })
export const theirs = card(3, { reviews: [first], may: ['object'] })
export const objected = card(4, { reviews: [first], objection: { text: 'Я поздоровалась, но связь прервалась. <img src=x onerror=alert(1)>', at: ago(day), answer: 'Переслушала: вы правы, учтём.', by: 'olga', answered_at: ago(day / 2) } })
export const open = card(5, { reviews: [first], may: ['answer'], objection: { text: 'Не согласна с оценкой за внимание.', at: ago(day) } })
const all = [draft, calibrated, theirs, objected, open]
const criteria = (n, a, b, c, pairs = 0) => [
  { id: 'greets', title: form.sections[0].criteria[0].title, kind: 'yes_no', answers: n, mean: a, pairs, shift: pairs ? -0.2 : null, apart: pairs ? 0.2 : null },
  { id: 'listens', title: form.sections[0].criteria[1].title, kind: 'scale', answers: n, mean: b, pairs, shift: pairs ? 0.4 : null, apart: pairs ? 0.8 : null },
  { id: 'identity', title: form.sections[1].criteria[0].title, kind: 'yes_no', answers: n, mean: c, pairs: 0, shift: null, apart: null },
]
const summed = { form: 'usual', title: form.title, from: '2026-09-01', to: '2026-11-29', by: 'agent', total: { reviews: 22, share: 0.81, criteria: criteria(22, 0.86, 3.9, 0.95, 5) }, rows: [
  { key: 'g7', name: both('Вера Соколова', 'Vera Sokolova'), reviews: 12, share: 0.88, criteria: criteria(12, 0.92, 4.3, 1, 3) },
  { key: 'g3', name: both('Helen Ward', 'Helen Ward'), reviews: 7, share: 0.7, criteria: criteria(7, 0.71, 3.2, 0.86, 2) },
  { key: 'g9', name: both('Илья Громов', 'Ilya Gromov'), reviews: 3, share: null, criteria: criteria(3, null, null, null) },
] }
export const figures = { 'GET /scorecards/figures': summed, 'GET /scorecards/forms': { items: [form] } }
const sample = { form: 'usual', week: '2026-11-23', each: 2, items: [{ call: 'c8', agent: 'g3', agent_name: 'Helen Ward', at: ago(5 * day) }, { call: 'c9', agent: 'g7', agent_name: 'Вера Соколова', at: ago(4 * day), card: id(1) }] }
export const scores = { 'GET /scorecards/figures': summed, 'GET /scorecards/sample': sample, 'GET /scorecards/forms': { items: [form] }, 'GET /scorecards': { items: all, next_cursor: 'x' }, ...Object.fromEntries(all.map((c) => [`GET /scorecards/${c.id}`, c])) }
export const none = { ...scores, 'GET /scorecards': { items: [], next_cursor: '' } }
export const beginning = { ...none, 'POST /scorecards': blank, [`GET /scorecards/${blank.id}`]: blank }
export const own = { ...scores, 'GET /scorecards': { items: [theirs, objected], next_cursor: '' } }
export const hostile = { ...scores, [`GET /scorecards/${id(4)}`]: { ...objected, agent_name: '\u202E<img src=x onerror=alert(1)>' + 'W'.repeat(3000), objection: { text: 'W'.repeat(4000), at: ago(day) } } }
export const at = (n) => `/scores?card=${id(n)}`
