// What the server says of reports.
const text = (ru, en) => ({ ru, en })
const column = (key, ru, en, unit = 'count') => ({ key, title: text(ru, en), rule: text(`Что считает «${ru}»: каждое событие один раз.`, `What “${en}” counts: each event once.`), unit })
const group = { day: ['День', 'Day'], week: ['Неделя с', 'Week from'], month: ['Месяц с', 'Month from'], topic: ['Раздел', 'Topic'], class: ['Вид', 'Class'], department: ['Отдел', 'Department'], channel: ['Канал', 'Channel'], person: ['Сотрудник', 'Person'], agreement: ['Соглашение', 'Agreement'] }
const groups = (...ids) => ids.map((id) => ({ id, name: text(...group[id]) }))
const report = (name, ru, en, by, columns) => ({ name, title: text(ru, en), rule: text('Заявка считается в том разделе, виде и отделе, где она сейчас, и в том канале, по которому пришла.', 'A ticket counts under the topic, class and department that it has now, and under the channel by which it came.'), groups: by, columns })
const work = [column('calls', 'Контакты', 'Contacts'), column('solved_in_call', 'Решено в разговоре', 'Resolved in the call'), column('taken', 'Получено', 'Taken'), column('solved', 'Решено', 'Solved'), column('load', 'На руках', 'Load'), column('overdue', 'Просрочено', 'Overdue'), column('age', 'Средний возраст', 'Mean age', 'seconds'), column('oldest', 'Самое старое', 'Oldest', 'seconds')]
const kept = (key, ru, en) => [column(`${key}_kept`, `${ru}: соблюдено`, `${en}: kept`), column(`${key}_broken`, `${ru}: нарушено`, `${en}: broken`), column(`${key}_share`, `${ru}: доля`, `${en}: share`, 'share')]
const items = [
  report('tickets', 'Заявки', 'Tickets', groups('day', 'week', 'month', 'topic', 'class', 'department', 'channel'), [column('opened', 'Открыто', 'Opened'), column('closed', 'Закрыто', 'Closed'), column('reopened', 'Открыто снова', 'Reopened'), column('open', 'Открыто на конец', 'Open at the end')]),
  report('clocks', 'Сроки', 'Clocks', groups('agreement', 'department', 'day', 'week', 'month'), [...kept('reaction', 'Реакция', 'Reaction'), ...kept('resolution', 'Решение', 'Resolution'), ...kept('department', 'Срок отдела', 'Department')]),
  report('whose', 'Чьё время', 'Whose time', groups('department', 'topic', 'day'), [column('customer', 'Клиент', 'Customer', 'seconds'), column('first_line', 'Первая линия', 'First line', 'seconds'), column('total', 'Всего', 'Total', 'seconds'), column('ours', 'Доля наша', 'Our share', 'share')]),
  report('promises', 'Обещания', 'Promises', groups('person', 'department', 'day'), [column('kept', 'Выполнено', 'Kept'), column('broken', 'Нарушено', 'Broken'), column('share', 'Доля выполненных', 'Kept share', 'share')]),
  report('repeats', 'Повторы', 'Repeats', groups('topic', 'day'), [column('contacts', 'Контакты', 'Contacts'), column('repeated', 'Повторные', 'Repeated')]),
  report('people', 'Сотрудники', 'People', groups('person'), work),
  report('departments', 'Отделы', 'Departments', groups('department'), work),
  report('gaps', 'Пробелы', 'Gaps', groups('topic'), [column('contacts', 'Контакты', 'Contacts'), column('gap', 'Пробел', 'Gap')]),
]
export const known = { items, departments: [{ id: 'technical', name: text('Техническая поддержка', 'Technical support') }, { id: 'finance', name: text('Бухгалтерия', 'Finance') }], all_departments: true, zone: 'Europe/Moscow', today: '2026-11-29', repeat_days: 30 }
export const knownToHead = { ...known, departments: known.departments.slice(0, 1), all_departments: false }
export const knownToNobody = { ...known, items: [], departments: [], all_departments: false }

const names = {
  topic: ['Нет связи', 'Расчёты', 'Переезд', 'Оборудование', 'не указано'], department: ['Техническая поддержка', 'Бухгалтерия', 'Первая линия'], person: ['Илья Громов', 'Мария Котова', 'Константин Константинопольский-Задунайский', 'Helen Ward'],
  agreement: ['Золотой', 'Обычный', 'не указано'], class: ['справка', 'претензия', 'жалоба'], channel: ['звонок', 'письмо', 'визит'],
}
const value = (unit, i, j) => (unit === 'share' ? (i + j) % 7 === 3 ? null : 0.62 + ((i * 7 + j * 3) % 37) / 100 : unit === 'seconds' ? ((i * 37 + j * 11) % 50) * 5210 : (i * 17 + j * 29 + i * i) % 61)

/** told answers a question for a report. */
export const told = (request) => {
  const url = new URL(request.url())
  const r = items.find((k) => url.pathname.endsWith(`/${k.name}`))
  const by = url.searchParams.get('group') || r.groups[0].id
  const days = by === 'day' ? 29 : by === 'week' ? 5 : 1
  const keys = names[by] ? names[by].map((n, i) => [`k${i}`, n]) : Array.from({ length: days }, (_, i) => { const d = `2026-11-${String(by === 'week' ? Math.max(1, i * 7 - 5) : i + 1).padStart(2, '0')}`; return [d, d] })
  const rows = keys.map(([key, name], i) => ({ key, name, figures: r.columns.map((c, j) => value(c.unit, i + 1, j)) }))
  const total = r.columns.map((c, j) => (c.unit === 'share' ? 0.87 : rows.reduce((n, row) => n + row.figures[j], 0)))
  return { name: r.name, group: by, department: url.searchParams.get('department') ?? '', from: url.searchParams.get('from') ?? '2026-11-01', to: url.searchParams.get('to') ?? '2026-11-29', zone: 'Europe/Moscow', as_of: new Date().toISOString(), columns: r.columns.map((c) => c.key), rows, total, before: { from: '2026-10-01', to: '2026-10-29', total: total.map((v, j) => (r.columns[j].unit === 'share' ? 0.81 : Math.round(v * 0.9))) } }
}
const all = (answer) => Object.fromEntries(items.map((r) => [`GET /reports/${r.name}`, answer]))
export const reports = { 'GET /reports': known, ...all(told) }
export const nothing = { 'GET /reports': known, ...all((q) => { const a = told(q); return { ...a, rows: [], total: a.total.map(() => null), before: null } }) }
export const hostile = { 'GET /reports': known, ...all((q) => { const a = told(q); a.rows[0].name = '\u202E<img src=x onerror=alert(1)>' + 'W'.repeat(3000); return a }) }
