// What the server says of calls that were: a list, and the course of one.
const ago = (s) => new Date(Date.now() - s * 1000).toISOString()
const who = ['Анна Викторовна Лебедева', 'ООО «Заря»', '', 'James O’Neil']
const agents = [{ id: 'g1', name: 'Илья Громов' }, { id: 'g2', name: 'Мария Котова' }, null, { id: 'g8', name: 'Константин Константинопольский-Задунайский' }]
const queues = [['technical', { ru: 'Техническая поддержка', en: 'Technical support' }], ['subscribers', { ru: 'Абонентский отдел', en: 'Subscribers' }]]
const outcomes = ['served', 'served', 'abandoned_in_queue', 'served', 'abandoned_ringing', 'informed', 'callback']

export const row = (n) => {
  const outcome = outcomes[n % 7]
  const talked = outcome === 'served'
  return {
    call: `c${n}`, at: ago(600 + n * 1730), ended_at: n === 0 ? null : ago(500 + n * 1730), number: n % 9 === 5 ? '' : `+7912345${String(6789 - n).padStart(4, '0')}`, number_name: n % 4 === 2 ? 'SAFRONOV P' : '',
    customer: who[n % 4] ? { id: '00000000-0000-4000-8000-000000000001', name: who[n % 4] } : null, ticket: String(100_237 - n), queue: outcome === 'informed' ? '' : queues[n % 2][0], queue_name: queues[n % 2][1],
    agent: talked ? (agents[n % 4] ?? agents[0]) : null, outcome: n === 0 ? '' : outcome, lost_by: '', disposition: talked && n % 3 ? 'resolved' : '', waited_s: outcome === 'informed' ? null : 7 + ((n * 37) % 190), talk_s: talked && n ? 61 + ((n * 91) % 900) : null, messages: 0,
  }
}
const choices = { queues: queues.map(([id, name]) => ({ id, name })), agents: agents.filter(Boolean), reasons: [{ id: 'answer', name: { ru: 'Ответ по заявке', en: 'Answer on a ticket' } }] }
const page = (all) => (request) => {
  const q = new URL(request.url()).searchParams
  const from = Number(q.get('cursor') || 0)
  const to = Math.min(all, from + 50)
  return { items: Array.from({ length: to - from }, (_, i) => row(from + i)), next_cursor: to < all ? String(to) : '', ...(q.get('count') && { count: Math.min(1000, all) }) }
}

const at = (s) => ago(600 - s)
const why = { ru: 'Мария Котова: дольше всех без звонка (4 мин) из 3 подходящих; занято 2', en: 'Мария Котова: idle for longest (4 min) of 3 who could take it; 2 busy' }
const steps = [
  { kind: 'flow', at: at(0), until: at(38), path: [{ ru: 'Русский', en: 'Russian' }, { ru: 'Техническая поддержка', en: 'Technical support' }, { ru: 'Нет интернета', en: 'No internet' }] },
  { kind: 'queue', at: at(38), until: at(121), queue: 'technical', queue_name: queues[0][1] },
  { kind: 'ring', at: at(39), until: at(59), agent: agents[0], queue: 'technical', queue_name: queues[0][1], how: 'missed', why: { ru: 'Илья Громов: других свободных нет', en: 'Илья Громов: nobody else is free' }, end: { ru: 'Илья Громов: нет ответа за 20 с', en: 'Илья Громов: no answer in 20 s' } },
  { kind: 'decided', at: at(80), until: null, how: 'callback_offered', why: { ru: 'Клиенту предложен обратный звонок после 42 с ожидания', en: 'A callback was offered to the caller after 42 s' } },
  { kind: 'ring', at: at(112), until: at(121), agent: agents[1], queue: 'technical', queue_name: queues[0][1], how: 'answered', why, end: { ru: 'Мария Котова: разговор начат после 83 с ожидания', en: 'Мария Котова: answered after 83 s of waiting' } },
  { kind: 'talk', at: at(121), until: at(395), agent: agents[1] },
  { kind: 'hold', at: at(190), until: at(236), agent: agents[1] },
  { kind: 'restart', at: at(260), until: null },
  { kind: 'survey', at: at(404), until: null, agent: agents[1], about: { ru: 'Оценка разговора', en: 'Rating of the talk' }, mark: 4, of: 5 },
  { kind: 'wrap_up', at: at(395), until: at(431), agent: agents[1] },
]
export const call = { ...row(1), call: 'c1', at: at(0), ended_at: at(409), dialled: '+78005550100', topic: 'technical', note: 'Роутер перезагружен, линия проверена.\nПерезвонить завтра.', steps, partial: false }
const going = { ...call, call: 'c0', ended_at: null, outcome: '', talk_s: null, disposition: '', note: '', partial: true, steps: [...steps.slice(0, 2), { ...steps[4], until: null, lasts: true, how: undefined, end: undefined }] }
const evil = '\u202E<img src=x onerror=alert(1)>' + 'W'.repeat(3000)
// A talk that was recorded: the customer and the agent in turn, a card number left out, and a long silence.
const voices = (speaks) => Buffer.from(Uint8Array.from({ length: 2740 }, (_, i) => (speaks(i) ? 40 + ((i * 7919) % 160) * Math.abs(Math.sin(i / 23)) : i % 2))).toString('base64')
const recording = { id: 'r1', kind: 'talk', call: 'c1', ticket: '100236', queue: 'technical', queue_name: queues[0][1], at: at(121), length_s: 274, agents: [{ ...agents[1], from_s: 0, until_s: null }], pauses: [{ from_s: 150, to_s: 171, why: 'collect' }], why: 'rule', held: null }
const waveform = { step_s: 0.1, left: voices((i) => i % 400 < 170 && (i < 690 || i > 1150)), right: voices((i) => i % 400 > 190 && (i < 690 || i > 1150) && (i < 1500 || i > 1710)) }
export const recorded = { 'GET /recordings': { items: [recording], next_cursor: '' }, 'GET /recordings/r1/waveform': waveform }
export const held = { ...recorded, 'GET /recordings': { items: [{ ...recording, held: { at: at(600), by: 'Ольга Петрова', why: 'Жалоба № 17 до решения суда' } }], next_cursor: '' } }
export const calls = { 'GET /recordings': { items: [], next_cursor: '' },  'GET /calls/past': page(120), 'GET /calls/choices': choices, 'GET /calls/c1': call, 'GET /calls/c0': going, 'GET /views': { items: [{ id: 'v1', of: 'calls', name: 'Долгие разговоры', query: { period: 'month', longer: '10' } }, { id: 'v2', of: 'tickets', name: 'Заявки', query: { list: 'all' } }] } }
export const none = { 'GET /calls/past': { items: [], next_cursor: '', count: 0 } }
export const hostile = { 'GET /calls/c1': { ...call, number_name: evil, customer: null, note: evil, steps: steps.map((s) => ({ ...s, agent: s.agent && { ...s.agent, name: evil } })) } }
export const hostileList = { 'GET /calls/past': { items: [{ ...row(2), number_name: evil, agent: { id: 'x', name: evil }, outcome: 'new_code' }], next_cursor: '', count: 1 } }
/** keeping is a server that keeps the views that are saved. */
export function keeping() {
  const views = new Map()
  return {
    'GET /views': () => ({ items: [...views.values()] }),
    'PUT /views/v9': (request) => (views.set('v9', { id: 'v9', ...request.postDataJSON() }), {}),
    'DELETE /views/v9': () => (views.delete('v9'), {}),
  }
}
