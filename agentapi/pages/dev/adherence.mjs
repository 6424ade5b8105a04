// What the server says of how shifts were kept.
const both = (ru, en) => ({ ru, en })
const figures = [
  ['adherence', 'По плану', 'Adherence', 'share'], ['planned', 'Запланировано', 'Planned', 'seconds'], ['kept', 'Из них по плану', 'Of it kept', 'seconds'],
  ['outside', 'Вне плана', 'Outside the plan', 'seconds'], ['exceptions', 'Отклонений', 'Exceptions', 'count'], ['occupancy', 'Загрузка', 'Occupancy', 'share'],
].map(([key, ru, en, unit]) => ({ key, title: both(ru, en), rule: both(`Правило: что считает «${ru}».`, `The rule: what “${en}” counts.`), unit }))
const kinds = [
  ['late', 'Опоздание', 'Late'], ['absent', 'Не вышел', 'Absent'], ['early', 'Ушёл раньше', 'Left early'], ['gone', 'Выходил', 'Gone'], ['sent_away', 'Снят системой', 'Sent away'],
  ['break_too_long', 'Дольше нормы', 'Break too long'], ['off_break', 'Перерыв не по плану', 'Break off the plan'], ['unplanned', 'Работа вне плана', 'Worked unplanned'],
].map(([key, ru, en]) => ({ key, title: both(ru, en), rule: both(`Правило: когда это «${ru}».`, `The rule: when it is “${en}”.`) }))
const at = (clock) => `2026-11-29T${clock}:00Z`
const piece = (from, to, is, reason) => ({ from: at(from), to: at(to), is, ...(reason && { reason }) })
const lost = (kind, from, to, lost_s, reason) => ({ kind, from: at(from), to: to && at(to), lost_s, ...(reason && { reason }) })
const shift = [piece('06:00', '15:00', 'shift'), piece('10:00', '11:00', 'break')]
const agents = [
  { id: 'g1', name: 'Илья Громов', departments: ['support'], figures: [0.985, 28800, 28368, 0, 1, 0.81], planned: shift, exceptions: [lost('late', '06:00', '06:07', 432)], was: [piece('06:07', '10:02', 'ready'), piece('10:02', '10:58', 'away', 'lunch'), piece('10:58', '15:00', 'ready')] },
  { id: 'g2', name: 'Мария Котова', departments: ['support', 'sales'], figures: [0.72, 28800, 20736, 1500, 5, 0.64], planned: shift, was: [piece('06:00', '08:00', 'ready'), piece('08:00', '08:50', 'away', 'break'), piece('08:50', '09:00', 'working'), piece('09:40', '13:00', 'ready'), piece('13:00', '13:30', 'away', 'missed_call'), piece('13:30', '15:25', 'ready')],
    exceptions: [lost('break_too_long', '08:15', '08:50', 2100, 'break'), lost('gone', '09:00', '09:40', 2400), lost('off_break', '09:50', '09:55', 300, 'lunch'), lost('sent_away', '13:00', '13:30', 1800, 'missed_call'), lost('unplanned', '15:00', '15:25', 0)] },
  { id: 'g8', name: 'Константин Константинопольский-Задунайский', departments: ['sales'], figures: [0, 16200, 0, 0, 1, null], planned: shift, was: [], exceptions: [lost('late', '06:00', null, 16200)] },
  { id: 'g3', name: 'Helen Ward', departments: [], figures: [null, 0, 0, 7200, 1, 0.9], planned: [], was: [piece('12:00', '15:30', 'ready')], exceptions: [lost('unplanned', '12:00', null, 0)] },
]
export const told = {
  from: '2026-11-29', to: '2026-11-29', zone: 'Europe/Moscow', today: '2026-11-29', as_of: '2026-11-29T15:30:00Z', begun: '2026-11-01T00:00:00Z', figures, kinds, total: [0.69, 90000, 62100, 8700, 8, 0.77],
  departments: [{ id: 'support', name: 'Support', figures: [0.85, 57600, 49104, 1500, 6, 0.73] }, { id: 'sales', name: 'Sales', figures: [0.46, 45000, 20736, 1500, 6, 0.6] }], agents,
  reasons: [{ code: 'lunch', name: both('Обед', 'Lunch') }, { code: 'break', name: both('Перерыв', 'Break') }], choices: [{ id: 'support', name: both('Поддержка', 'Support') }, { id: 'sales', name: both('Продажи', 'Sales') }],
}
const answers = (a) => ({ 'GET /adherence': a })
export const kept = answers(told)
export const own = answers({ ...told, agents: agents.slice(0, 1), departments: [], choices: [], total: agents[0].figures })
export const week = answers({ ...told, from: '2026-11-23', agents: agents.map((a) => ({ ...a, planned: [], was: [] })) })
export const unplanned = answers({ ...told, begun: null, agents: [], departments: [] })
export const nobody = answers({ ...told, agents: [], departments: [] })
export const hostile = answers({ ...told, agents: [{ ...agents[0], name: '\u202E<img src=x onerror=alert(1)>' + 'W'.repeat(3000) }] })
export const off = [
  { id: 'g8', name: 'Константин Константинопольский-Задунайский', kind: 'sent_away', reason: 'missed_call', since: new Date(Date.now() - 95e3).toISOString() },
  { id: 'g4', name: 'Тимур Ахметов', kind: 'break_too_long', reason: 'lunch', since: new Date(Date.now() - 310e3).toISOString() },
  { id: 'g11', name: 'Пётр Иванов', kind: 'late', since: new Date(Date.now() - 1800e3).toISOString() },
]
