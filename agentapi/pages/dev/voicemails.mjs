// What the server says of messages that callers left.
const ago = (s) => new Date(Date.now() - s * 1000).toISOString()
const both = (ru, en) => ({ ru, en })
const one = (n, more) => ({ contact: `c${n}`, n: 1, call: `c${n}`, at: ago(n * 2400), number: '+7916123456' + n, number_name: '', customer: { id: `00000000-0000-4000-8000-00000000000${n}`, name: ['Пётр Иванов', 'Helen Ward', 'ООО «Вектор»'][n % 3] }, ticket: `10023${n}`, queue: 'technical', queue_name: both('Техническая поддержка', 'Technical support'), recording: `r${n}`, length_s: 12.4 * n, done_at: null, done_by: '', ...more })
const done = (n, more) => one(n, { done_at: ago(n * 600), done_by: 'Мария Котова', ...more })
const todo = [one(1), one(2, { customer: null, number_name: 'IVAN' }), one(3, { number: '', customer: null, recording: undefined, length_s: null, queue: '', queue_name: undefined })]
const lists = (all) => ({ 'GET /voicemails': (request) => {
  const is = new URL(request.url()).searchParams.get('done') === 'true'
  const items = all.filter((v) => Boolean(v.done_at) === is)
  return { items, next_cursor: '', count: items.length }
} })
const wave = Buffer.from(Array.from({ length: 1200 }, (_, i) => Math.floor(130 * Math.abs(Math.sin(i / 9) * Math.sin(i / 60))))).toString('base64')
export const recording = { id: 'r1', kind: 'message', call: 'c1', ticket: '100231', queue: 'technical', at: ago(2400), length_s: 12.4, agents: [], pauses: [], why: 'message', held: null }
export const voicemails = { ...lists([...todo, done(4), done(5)]), 'GET /recordings/r1': recording, 'GET /recordings/r1/waveform': { step_s: 0.01, left: wave, right: '' } }
/** marks has the first message done when it is said to be, until it is opened anew. */
export const marks = () => {
  let is = false
  const told = (request) => lists([is ? { ...todo[0], done_at: ago(0), done_by: 'Мария Котова' } : todo[0], ...todo.slice(1), done(4), done(5)])['GET /voicemails'](request)
  return { ...voicemails, 'GET /voicemails': told, 'PUT /voicemails/c1/1/done': () => ((is = true), todo[0]), 'DELETE /voicemails/c1/1/done': () => ((is = false), todo[0]) }
}
export const none = { ...voicemails, ...lists([]) }
const nasty = '\u202E<img src=x onerror=alert(1)>' + 'W'.repeat(3000)
export const hostile = { ...voicemails, ...lists([one(1, { number_name: nasty, customer: null, queue: nasty, queue_name: undefined }), done(4, { done_by: nasty })]) }
