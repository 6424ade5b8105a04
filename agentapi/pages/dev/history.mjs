// What the server says of the history of queues, skills, agents and departments.
const both = (ru, en) => ({ ru, en })
const figures = [
  ['offered', 'Поступило', 'Offered', 'count'], ['answered', 'Отвечено', 'Answered', 'count'], ['service_level', 'Уровень сервиса', 'Service level', 'share'], ['abandoned', 'Потеряно', 'Abandoned', 'count'],
  ['asa', 'Среднее ожидание', 'Mean wait (ASA)', 'seconds'], ['longest_wait', 'Самое долгое ожидание', 'Longest wait', 'seconds'], ['aht', 'Время обработки', 'Handling time (AHT)', 'seconds'], ['occupancy', 'Загрузка', 'Occupancy', 'share'], ['busy', 'Заняты', 'Busy', 'seconds'],
  ['calls_made', 'Исходящие звонки', 'Calls made', 'count'], ['in_range_share', 'Прогноз сбылся', 'Forecast held', 'share'],
].map(([key, ru, en, unit]) => ({ key, title: both(ru, en), rule: both(`Правило: что считает «${ru}», и в какую четверть часа.`, `The rule: what “${en}” counts, and in which quarter of an hour.`), unit, ...(key === 'in_range_share' && { target: 0.8 }) }))
const queues = [['technical', 'Техническая поддержка', 'Technical support'], ['subscribers', 'Абонентский отдел', 'Subscribers'], ['information', 'Справка', 'Information']]
const agents = [['g1', 'Илья Громов'], ['g2', 'Мария Котова'], ['g8', 'Константин Константинопольский-Задунайский'], ['g3', 'Helen Ward']]
export const known = {
  kinds: [
    { by: 'queue', every: true, subjects: queues.map(([id, ru, en]) => ({ id, name: both(ru, en), target_share: 0.8, target_within_s: 20 })) }, { by: 'skill', every: true, subjects: [{ id: 'fiber', name: both('fiber', 'fiber') }] },
    { by: 'agent', every: true, subjects: agents.map(([id, name]) => ({ id, name: both(name, name) })) }, { by: 'department', every: true, subjects: [{ id: 'support', name: both('Поддержка', 'Support') }] },
  ],
  figures, zone: 'Europe/Moscow', today: '2026-11-29',
}
export const own = { ...known, kinds: [{ by: 'agent', every: false, subjects: [{ id: 'g7', name: both('Вера Соколова', 'Вера Соколова') }] }] }
const value = (f, i, j = 0) => (f.unit === 'share' ? 0.55 + ((i * 7 + j * 5 + (i % 7) * 6) % 41) / 100 : f.unit === 'seconds' ? 15 + ((i * 37 + j * 13) % 260) : 20 + ((i * 17 + j * 9) % 60))
export const told = (request) => {
  const url = new URL(request.url())
  const by = url.pathname.split('/').at(-1)
  const step = url.searchParams.get('step') || { today: '15m', week: '1h', month: 'day', quarter: 'day', year: 'week', two_years: 'week' }[url.searchParams.get('period')] || 'day'
  const [ms, n] = { '15m': [900e3, 96], '1h': [3600e3, 168], day: [86_400e3, 31], week: [7 * 86_400e3, 105], month: [30.44 * 86_400e3, 25] }[step]
  const end = Date.UTC(2026, 10, 29, 21)
  const row = (i, j) => figures.map((f) => value(f, i, j))
  const steps = Array.from({ length: n }, (_, i) => ({ at: new Date(end - (n - i) * ms).toISOString(), until: new Date(end - (n - i - 1) * ms).toISOString(), figures: step === '15m' && i > 60 ? figures.map(() => null) : step === '15m' && i < 20 ? row(i).map((v, k) => (figures[k].unit === 'share' ? null : 0)) : row(i) }))
  const names = by === 'queue' ? queues.map(([id, ru, en]) => [id, url.searchParams.get('language') === 'ru' ? ru : en]) : by === 'skill' ? [['fiber', 'fiber']] : agents
  return {
    by, id: url.searchParams.get('id') ?? '', step, from: '2026-11-23', to: '2026-11-29', zone: 'Europe/Moscow', as_of: new Date().toISOString(), figures: figures.map((f) => f.key), target_share: by === 'queue' ? 0.8 : null, steps, total: row(3),
    subjects: names.map(([id, name], j) => ({ id, name, figures: row(j + 4, 2) })), compared: (url.searchParams.get('compare') ?? '').split(',').filter(Boolean).map((w, k) => ({ with: w, steps: steps.map((_, i) => (w === 'year' && i < 9 ? figures.map(() => null) : row(i + 3 + k, 4))), total: row(7 + k) })),
  }
}
const all = (answer) => Object.fromEntries(known.kinds.map((k) => [`GET /history/${k.by}`, answer]))
export const history = { 'GET /history': known, ...all(told) }
export const nothing = { ...history, ...all((q) => { const a = told(q); const none = figures.map(() => null); return { ...a, subjects: [], total: none, steps: a.steps.map((s) => ({ ...s, figures: none })) } }) }
export const hostile = { ...history, ...all((q) => { const a = told(q); a.subjects[0].name = '\u202E<img src=x onerror=alert(1)>' + 'W'.repeat(3000); return a }) }
