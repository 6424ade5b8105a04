// What the scripted stream says: a desk in each of its states, a wall on a busy and on a calm day.
const ago = (s) => new Date(Date.now() - s * 1000).toISOString()
const ahead = (s) => new Date(Date.now() + s * 1000).toISOString()
const call = '01900000-0000-7000-8000-000000000001'

/** secondFactor is what the server says while somebody turns theirs on. */
export const secondFactor = {
  'POST /second-factor/begin': { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: 'otpauth://totp/x', qr: { size: 29, path: 'M4 4h7v1h-7zM18 4h7v1h-7zM4 5h1v5h-1z' }, enrolment: 'x' },
  'POST /second-factor': { recovery: Array.from({ length: 10 }, (_, i) => `${'QWERTYUIOP'[i]}BCD-EFGH-IJKL-MNOP`) },
}
export const account = { id: 'a1', login: 'seat', name: 'Вера Соколова', role: 'agent', language: 'ru', person: 'p7', agent: 'g7', seat: false }
export const supervisor = { id: 'a9', login: 'boss', name: 'Helen Ward', role: 'supervisor', language: 'en', seat: false }
export const names = {
  information: { ru: 'Справка', en: 'Information' },
  subscribers: { ru: 'Абонентский отдел', en: 'Subscribers' },
  technical: { ru: 'Техническая поддержка', en: 'Technical support' },
}
export const lists = {
  'GET /agreements': { items: [{ id: 'home', name: { ru: 'Дом', en: 'Home' } }, { id: 'business', name: { ru: 'Бизнес', en: 'Business' } }] },
  'GET /reasons': ['break', 'lunch', 'training', 'meeting', 'back_office', 'technical'].map((code, i) => ({
    code,
    name: { ru: ['перерыв', 'обед', 'обучение', 'совещание', 'работа без звонков', 'техническая причина'][i], en: code.replace('_', ' ') },
  })),
  'GET /call-reasons': { items: [{ code: 'answer', name: { ru: 'Ответ по заявке', en: 'Answer on a ticket' } }, { code: 'other', name: { ru: 'Другое', en: 'Other' } }], required: false },
  'GET /dispositions': [
    { code: 'resolved', name: { ru: 'Решено', en: 'Resolved' }, closes: true },
    { code: 'follow_up', name: { ru: 'Нужно вернуться', en: 'Follow-up' }, closes: false },
    { code: 'handed_over', name: { ru: 'Передано в отдел', en: 'Handed over' }, closes: false },
    { code: 'wrong_number', name: { ru: 'Ошиблись номером', en: 'Wrong number' }, closes: true },
    { code: 'no_speech', name: { ru: 'Тишина в трубке', en: 'Nobody spoke' }, closes: true },
    { code: 'abusive', name: { ru: 'Прекращено: оскорбления', en: 'Ended: abusive' }, closes: true },
  ],
}

const customer = {
  id: 'k1', name: 'Анна Викторовна Лебедева', contract: '4417-22', address: 'ул. Заречная, 14, кв. 52',
  equipment: ['Роутер Vega R2, s/n 77-104-31', 'ТВ-приставка Mira 4K'],
  notes: ['Просит звонить после 18:00.'], warnings: ['Долг 420 ₽, отключение 25-го.'],
}
export const pop = (over = {}) => ({
  call,
  ticket: { number: '100237', subject: 'Пропадает интернет по вечерам', topic: 'technical', state: 'open', linked: 'customer', opened_at: ago(86_400 * 2) },
  caller: { number: '+79123456789', raw_name: 'ANNA L', match: 'exact', customer, candidates: [] },
  queue: { id: 'technical', name: names.technical },
  skill: 'technical', language: 'ru',
  path: [{ ru: 'Русский', en: 'Russian' }, { ru: 'Техническая поддержка', en: 'Technical support' }, { ru: 'Нет интернета', en: 'No internet' }],
  waiting_since: ago(over.open_tickets ? 131 : 47), repeat: 2, open_tickets_count: 2,
  ...over,
})
export const answered = {
  open_tickets: [
    { number: '100237', subject: 'Пропадает интернет по вечерам', topic: 'technical', state: 'open', owner: 'technical', owner_kind: 'department', next_at: ago(3600), opened_at: ago(86_400 * 2) },
    { number: '100181', subject: 'Перенос договора на новый адрес', topic: 'subscribers', state: 'open', owner: 'subscribers', owner_kind: 'department', next_at: ahead(86_400), opened_at: ago(86_400 * 6) },
  ],
  contacts: [
    { at: ago(7000), outcome: 'abandoned_in_queue', agent: '', ticket: '100237' },
    { at: ago(86_400 * 2), outcome: 'served', agent: 'Илья Громов', ticket: '100237' },
    { at: ago(86_400 * 6), outcome: 'served', agent: 'Вера Соколова', ticket: '100181' },
  ],
  greeting: { ru: 'Здравствуйте, Анна Викторовна! Меня зовут Вера, чем могу помочь?', en: 'Good afternoon, Anna Viktorovna! This is Vera, how can I help?' },
}
export const ticket = answered.open_tickets[0]
export const hostile = pop({
  caller: {
    number: '+442071838750', match: 'unknown', customer: null, candidates: [],
    raw_name: '\u202Eevil\u0000 <img src=x onerror=alert(1)> "; DROP TABLE ' + 'A'.repeat(10_000),
  },
  ticket: { number: '100501', subject: '', topic: 'information', state: 'open', linked: 'new', opened_at: ago(60) },
  queue: { id: 'information', name: names.information }, skill: 'information', language: 'en', path: [], repeat: 0, open_tickets_count: 0,
})
export const several = pop({
  caller: {
    number: '+78432001122', raw_name: '', match: 'several', customer: null,
    candidates: [customer, { id: 'k2', name: 'ООО «Заря»', contract: '8810-07', address: 'пр. Мира, 3', equipment: [], notes: [], warnings: [] }],
  },
  repeat: 0, open_tickets_count: 0,
  ticket: { number: '100502', subject: '', topic: 'technical', state: 'open', linked: 'new', opened_at: ago(60) },
})

export const stranger = pop({
  caller: { number: '+442071838750', raw_name: 'J SMITH', match: 'unknown', customer: null, candidates: [] }, repeat: 0, open_tickets_count: 0, open_tickets: [], contacts: [],
  ticket: { number: '100501', subject: '', topic: '', state: 'open', linked: 'new', opened_at: ago(60) },
})

export const me = (over = {}) => ({
  agent: { id: 'g7', name: 'Вера Соколова', login: 'seat', language: 'ru', skills: [{ skill: 'technical', level: 4 }] },
  availability: { state: 'ready', since: ago(734) },
  activity: { state: 'idle', since: ago(312) },
  phone: { reachable: true },
  offer: null, call: null, wrap_up: null,
  queues: [
    { id: 'technical', name: names.technical, waiting: 3, longest_since: ago(47) },
    { id: 'subscribers', name: names.subscribers, waiting: 1, longest_since: ago(12) },
    { id: 'information', name: names.information, waiting: 0, longest_since: null },
  ],
  recent: [
    { call: 'c1', ticket: '100236', name: 'Пётр Ильич Сафронов', number: '+79031112233', at: ago(1500), outcome: 'served' },
    { call: 'c2', ticket: '100231', name: '', number: '+12025550143', at: ago(2900), outcome: 'abandoned_ringing' },
    { call: 'c3', ticket: '100228', name: 'ООО «Длинное название организации, которое не помещается в строку»', number: '+78432001122', at: ago(5200), outcome: 'served' },
  ],
  ...over,
})
const why = {
  ru: 'дольше всех без звонка (4 мин) из 3 подходящих; занято 2, не готово 1',
  en: 'idle for longest (4 min) of 3 who could take it; 2 busy, 1 not ready',
}
export const story = {
  call, partial: false,
  items: [
    { at: ago(131), kind: 'offered', words: { ru: 'Мария Котова: самый высокий уровень навыков из 2 подходящих; занято 3', en: 'Мария Котова: most skilled of 2 who could take it; 3 busy' } },
    { at: ago(111), kind: 'missed', words: { ru: 'Мария Котова: нет ответа за 20 с', en: 'Мария Котова: no answer in 20 s' } },
    { at: ago(111), kind: 'offered', words: { ru: `Вера Соколова: ${why.ru}; после 60 с ожидания требования смягчены (шаг 1)`, en: `Вера Соколова: ${why.en}; after 60 s of waiting less was asked for (step 1)` } },
    { at: ago(100), kind: 'answered', words: { ru: 'Вера Соколова: разговор начат после 68 с ожидания', en: 'Вера Соколова: answered after 68 s of waiting' } },
  ],
}
const who = (id, name, standing, ru, en, rank) => ({ agent: { id, name }, standing, rank, words: { ru: `${name}: ${ru}`, en: `${name}: ${en}` } })
export const waitingStory = {
  call: 'w1', partial: false, expected_wait: { low_s: 40, high_s: 150 },
  items: [
    { at: ago(20), kind: 'offered', words: { ru: 'Мария Котова: других свободных нет; занято 2 (Илья Громов, Нина Орлова), не готово 1 (Тимур Ахметов), без нужных навыков 1 (Helen Ward)', en: 'Мария Котова: nobody else is free; 2 busy (Илья Громов, Нина Орлова), 1 not ready (Тимур Ахметов), 1 without the skills (Helen Ward)' } },
    { at: ago(8), kind: 'declined', words: { ru: 'Мария Котова: отказ от звонка', en: 'Мария Котова: declined the call' } },
  ],
  agents: [
    who('g1', 'Илья Громов', 'busy', 'разговор с другим клиентом', 'talks with another caller'), who('g3', 'Helen Ward', 'lacks_skills', 'не хватает навыков: Техническая поддержка ≥ 2', 'lacks skills: Technical support ≥ 2'),
    who('g4', 'Тимур Ахметов', 'not_ready', 'не принимает звонки (обед)', 'not ready (lunch)'), who('g2', 'Мария Котова', 'declined', 'отказ или пропуск этого звонка, сначала спросим других', 'declined or missed this call, and others are asked first'),
  ],
}
export const calls = {
  items: [
    { call: 'w1', at: ago(134), queue: 'technical' }, { call: 'w2', at: ago(41), queue: 'technical', agent: { id: 'g6', name: 'James O’Neil' } },
    { call: 'w3', at: ago(33), queue: 'subscribers', led: 2, led_by: 'Helen Ward', led_to: { id: 'g1', name: 'Илья Громов' } }, { call: 'w4', at: ago(3700), queue: 'information', is_callback: true },
  ],
}
export const ringing = (p = pop()) =>
  me({ activity: { state: 'offered', since: ago(4), deadline: ahead(14) }, offer: { id: 'o1', call, deadline: ahead(14), why, pop: p } })
export const talking = (p = pop(answered)) => me({ activity: { state: 'talking', since: ago(83) }, call: { id: call, since: ago(83), why, pop: p } })
export const onHold = () => ({ ...talking(), activity: { state: 'on_hold', since: ago(41) } })
const asks = (asked, more = {}) => ({ ...talking(), activity: { state: 'consulting', since: ago(12) }, call: { id: call, since: ago(83), why, pop: pop(answered), asked: { id: 'g1', since: ago(12), who: 'Илья Громов', ...asked }, ...more } })
export const consults = (state) => (state === 'swapped' ? { ...asks({ state }), activity: { state: 'talking', since: ago(5) } } : asks({ state }))
export const confers = (n, more = {}) => ({ ...talking(), call: { ...talking().call, guests: [{ id: 'g2', who: 'Илья Громов', since: ago(64) }, { id: '+74951234567', number: '+74951234567', since: ago(30) }, { id: 'g3', who: 'Helen Ward', since: ago(5) }].slice(0, n), ...more } })
const care = { id: 'care', name: { ru: 'Абонентский отдел', en: 'Customer care' } }
export const targets = {
  queues: [
    { id: 'technical', name: names.technical, extension: '201', waiting: 3, free: 1 }, { id: 'subscribers', name: names.subscribers, extension: '202', waiting: 0, free: 0 },
    { id: 'information', name: names.information, waiting: 0, free: 0, shut: true, opens: ahead(50_000) },
  ],
  agents: [
    { id: 'g1', name: 'Илья Громов', extension: '102', free: true, presence: 'free', departments: [care] }, { id: 'g2', name: 'Мария Котова', extension: '103', free: false, presence: 'talking', departments: [care, { id: 'technical', name: {} }] },
    { id: 'g3', name: 'Helen Ward', free: false, presence: 'wrap_up' }, { id: 'g4', name: 'Тимур Ахметов-Благовещенский Константинопольский', extension: '10512', free: false, presence: 'away', departments: [care] },
  ],
}
export const invites = () => confers(2, { asked: { id: 'g3', who: 'Helen Ward', state: 'rings', since: ago(6) } })
export const consultOver = () => ({ ...asks({ state: 'over', how: 'declined' }), activity: { state: 'on_hold', since: ago(12) } })
export const asked = () => ({ ...talking(), activity: { state: 'consulting', since: ago(9) }, call: { id: call, since: ago(9), consult: true, pop: { ...pop(), asks: { agent: 'Helen Ward', since: ago(240), at: ago(14), note: 'Можно ли вернуть плату за простой?' } } } })
export const helpCalled = (help) => ({ ...talking(), call: { ...talking().call, help: { since: ago(12), ...help } } })
export const inCall = (more) => ({ ...talking(), call: { ...talking().call, ...more } })
export const recorded = (recording) => inCall({ recording })
export const wrapUp = () =>
  me({ activity: { state: 'wrap_up', since: ago(8), deadline: ahead(52) }, wrap_up: { call, ticket: '100237', until: ahead(52), pop: pop(answered) } })
export const missed = () => me({ availability: { state: 'not_ready', reason: 'missed_call', since: ago(6) }, activity: { state: 'idle', since: ago(6) } })

const history = (f) => Array.from({ length: 60 }, (_, i) => ({ at: ago((60 - i) * 60), waiting: Math.max(0, Math.round(f(i))), service_level: 0.8 }))
const target = { share: 0.8, within_s: 20 }
export const wall = () => ({
  now: new Date().toISOString(),
  line: {
    calls: 1243, tickets: 1243, waiting: 7, longest_since: ago(134), service_level: 0.764, target, answered: 1102, abandoned: 61,
    short_abandoned: 14, ready: 7, free: 2, talking: 4, wrap_up: 1, away: 2, signed_in: 9, callbacks_due: 3, counted_at: new Date().toISOString(),
  },
  queues: [
    { id: 'information', name: names.information, waiting: 1, longest_since: ago(8), service_level: 0.91, target, answered: 402, abandoned: 9, short_abandoned: 3, asa_s: 11, aht_s: 194, longest_wait_s: 96, history: history((i) => 1 + Math.sin(i / 5)) },
    { id: 'subscribers', name: names.subscribers, waiting: 2, longest_since: ago(33), service_level: 0.78, target, answered: 350, abandoned: 20, short_abandoned: 6, asa_s: 19, aht_s: 247, longest_wait_s: 214, history: history((i) => 2 + 2 * Math.sin(i / 7) + (i % 3)) },
    { id: 'technical', name: names.technical, waiting: 4, longest_since: ago(134), service_level: 0.55, target, answered: 350, abandoned: 32, short_abandoned: 5, asa_s: 41, aht_s: 388, longest_wait_s: 512, history: history((i) => i / 8 + 3 * Math.abs(Math.sin(i / 4))) },
  ],
  agents: [
    ['g1', 'Илья Громов', 'ready', '', 'talking', 240, 'technical'], ['g2', 'Мария Котова', 'ready', '', 'talking', 75, 'subscribers'],
    ['g3', 'Helen Ward', 'ready', '', 'idle', 12, ''], ['g4', 'Тимур Ахметов', 'not_ready', 'lunch', 'idle', 1310, ''],
    ['g5', 'Ольга Вебер', 'ready', '', 'wrap_up', 21, 'information'], ['g6', 'James O’Neil', 'ready', '', 'offered', 3, 'technical'],
    ['g7', 'Вера Соколова', 'ready', '', 'idle', 48, ''], ['g8', 'Константин Константинопольский-Задунайский', 'not_ready', 'missed_call', 'idle', 95, ''],
    ['g9', 'Нина Орлова', 'not_ready', 'break', 'talking', 410, 'technical'], ['g10', 'Ушла', 'signed_out', '', 'idle', 4000, ''],
  ].map(([id, name, availability, reason, activity, s, queue]) => ({ id, name, availability, reason, activity, since: ago(s), queue })),
})
/** overseen is a wall whose supervisor, g3, takes part in a call; agent '' is nobody who talks in it now. */
export const overseen = (manner, agent = 'g1') => ({
  ...wall(),
  overseers: [
    { id: 'g3', name: 'Helen Ward', manner, since: ago(95), call: 'c1', ...(agent && { agent }) },
    { id: 'g7', name: 'Вера <b>Соколова</b>', manner: 'listen', since: ago(20), call: 'c1', ...(agent && { agent }) },
  ],
})
/** gathered is a wall on which agents ask and confer. */
export const gathered = () => ({
  ...wall(),
  talks: [
    { agent: 'g1', name: 'Илья Громов', call: 'c1', since: ago(240), guests: [{ id: 'g9', who: 'Нина Орлова', since: ago(90) }, { id: '+74951234567', number: '+74951234567', since: ago(31) }], asked: { id: 'g6', who: 'James O’Neil', state: 'rings', since: ago(3) } },
    { agent: 'g2', name: 'Мария Котова', call: 'c2', since: ago(75), asked: { id: '+442071838750', number: '+442071838750', state: 'talks', since: ago(12) } },
  ],
})
/** bigWall is forty queues and four hundred agents in four departments. */
export const bigWall = () => {
  const w = wall()
  const ids = ['support', 'sales', 'billing', 'fault']
  w.departments = ids.map((id, i) => ({ id, name: { ru: ['Поддержка', 'Продажи', 'Расчёты', 'Аварийная служба'][i], en: ['Support', 'Sales', 'Billing', 'Faults'][i] } }))
  w.queues = Array.from({ length: 40 }, (_, i) => ({ ...w.queues[i % 3], id: `q${i}`, department: ids[i % 4], name: { ru: `Очередь ${i + 1}`, en: `Queue ${i + 1}` }, ...(i === 1 && { closed_by: 'Helen <b>Ward</b>' }) }))
  w.agents = Array.from({ length: 400 }, (_, i) => ({ ...w.agents[i % 9], id: `a${i}`, name: `${w.agents[i % 9].name} ${i}`, departments: [ids[i % 4]], queue: 'q1' }))
  w.line = { ...w.line, free: 88, talking: 178, wrap_up: 44, away: 90, signed_in: 400 }
  return w
}
export const bulletins = {
  items: [
    { id: 'b2', at: ago(300), by: 'Helen Ward', kind: 'said', text: 'Авария на юге города: говорите, что починим к 18:00. <img src=x>', team: 'all', seen: [{ id: 'g1', name: 'Илья Громов', at: ago(200) }], unseen: [{ id: 'g2', name: 'Мария Котова' }, { id: 'g3', name: 'Helen Ward' }] },
    { id: 'b1', at: ago(9000), by: 'Helen Ward', kind: 'skills', team: 'agent:g1', seen: [{ id: 'g1', name: 'Илья Громов', at: ago(8000) }], unseen: [] },
  ],
}
export const skills = {
  id: 'g3', name: 'Helen Ward', by: 'Пётр Иванов', at: ago(5000), order: { lasts: 'good' }, known: ['information', 'lang:en', 'lang:ru', 'subscribers', 'technical'],
  skills: [{ skill: 'lang:en', level: 5, until: '2027-01-31', ends: 'soon' }, { skill: 'subscribers', level: 3, until: '2026-10-31', ends: 'over' }, { skill: 'technical', level: 2 }], configured: [{ skill: 'lang:en', level: 5 }],
}
export const expiring = [
  { id: 'g3', name: 'Helen Ward', skill: 'subscribers', until: '2026-10-31', ends: 'over' }, { id: 'g7', name: 'Вера Соколова', skill: 'technical', until: '2027-01-31', ends: 'soon' },
]
const alarm = (over) => ({ id: over.rule, urgent: false, sound: 'once', bound: 1, value: 1, worst: 1, since: ago(75), ...over })
/** helped is a wall on which two call for a supervisor, one of whom has one. */
export const helped = () => ({ ...alarmed(), helps: [{ since: ago(95), agent: 'g1', name: 'Вера Соколова', queue: 'technical', call: 'c1', ticket: '100237', by: 'Helen Ward', by_id: 'helen' }, { since: ago(14), agent: 'g3', name: 'Мария Котова', queue: 'subscribers', call: 'c2', ticket: '100238', note: 'Кричит <b>и</b> грозит судом, просит старшего' }] })
/** alarmed is a wall with alarms: an urgent one, one that somebody sees to, and a rule's name that is hostile. */
export const alarmed = () => ({
  ...wall(),
  alarms: [
    alarm({ rule: 'nobody_there', kind: 'nobody_there', queue: 'subscribers', urgent: true, sound: 'repeat' }),
    alarm({ rule: 'hostile', kind: 'waiting', name: { ru: 'Толпа <b>у двери</b>\u202E', en: 'A crowd <b>at the door</b>\u202E' }, queue: 'technical', bound: 10, value: 14, worst: 17, since: ago(31) }),
    alarm({ rule: 'longest_wait', kind: 'longest_wait', queue: 'technical', bound: 120, value: 134, worst: 134, since: ago(14), acknowledged_by: 'Helen Ward', acknowledged_at: ago(5) }),
  ],
})
export const alarms = {
  items: alarmed().alarms,
  rules: ['nobody_there', 'longest_wait', 'service_level'].map((id, i) => {
    const bounds = { raise: [1, 120, 0.6][i], clear: [0, 60, 0.66][i], for_s: [60, 10, 120][i], clear_for_s: 60 }
    return { id, kind: id, each: true, urgent: i === 0, sound: 'once', ...bounds, configured: bounds, ...(i === 1 && { by: 'Пётр Иванов', at: ago(5000) }) }
  }),
}
export const pastAlarms = {
  items: [...alarmed().alarms, alarm({ rule: 'old', kind: 'service_level', department: 'support', bound: 0.6, value: 0.7, worst: 0.41, since: ago(9000), cleared_at: ago(7000), acknowledged_by: 'Helen Ward' })],
  next_cursor: 'x',
}
export const calm = () => {
  const w = wall()
  w.line = { ...w.line, calls: 0, tickets: 0, waiting: 0, longest_since: null, service_level: null, answered: 0, abandoned: 0, short_abandoned: 0, ready: 0, free: 0, talking: 0, wrap_up: 0, away: 0, signed_in: 0, callbacks_due: 0 }
  w.queues = w.queues.map((q) => ({ ...q, waiting: 0, longest_since: null, service_level: null, answered: 0, abandoned: 0, short_abandoned: 0, asa_s: null, aht_s: null, longest_wait_s: 0, history: [] }))
  w.agents = []
  return w
}

/** screen is what a large screen shows: n queues, and the alarms. */
export const screen = (n, agents) => {
  const w = n > 3 ? { ...bigWall(), alarms: alarmed().alarms } : alarmed()
  return {
    state: 'in', now: new Date().toISOString(), name: 'Зал <b>1</b>', shows: { language: 'ru', theme: 'dark' },
    screen: { now: new Date().toISOString(), line: { waiting: 7, longest_since: ago(134), free: 2, talking: 4, wrap_up: 1, away: 2 }, queues: w.queues.slice(0, n), alarms: w.alarms.slice(0, n > 3 ? 1 : 3), ...(agents && { agents: w.agents.slice(0, 9) }) },
  }
}
export const screens = [
  { id: 's1', name: 'Зал <b>1</b>', shows: { language: 'ru', theme: 'dark', agents: true }, by: 'Helen Ward', at: ago(86_400 * 3), address: '192.0.2.7', seen: ago(1) },
  { id: 's2', name: 'Hall', shows: { language: 'en', theme: 'light' }, by: 'Пётр Иванов', at: ago(5000) },
]
