import { Failure, type Account, type Alarm, type AlarmBounds, type AlarmRule, type AgentSkills, type BulletinState, type Call, type CallReasons, type Choice, type Contact, type Lead, type Manner, type Problem, type SeatPhone, type SkillOrder, type Story, type Targets, type TicketLine } from './wire.ts'

const base = '/api/v1'

/** A second factor that is to be turned on. */
export interface Enrolment {
  secret: string
  uri: string
  qr: { size: number; path: string }
  enrolment: string
}

interface More {
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** ask asks the server. The body goes as JSON, or as it is where it is a form or a file. What fails is a Failure. */
export async function ask<T>(method: string, path: string, body?: unknown, more: More = {}): Promise<T> {
  const raw = body instanceof Blob || body instanceof FormData
  let response: Response
  try {
    response = await fetch(base + path, {
      method,
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(body !== undefined && !raw && { 'content-type': 'application/json' }), ...more.headers },
      ...(body !== undefined && { body: raw ? body : JSON.stringify(body) }),
      ...(more.signal && { signal: more.signal }),
    })
  } catch {
    throw new Failure({ code: more.signal?.aborted ? 'cancelled' : 'network' })
  }
  const text = await response.text()
  let answer: unknown
  try {
    answer = text ? JSON.parse(text) : undefined
  } catch {
    answer = undefined
  }
  if (!response.ok) {
    const problem = (answer ?? {}) as Partial<Problem>
    throw new Failure({ ...problem, status: response.status, code: problem.code ?? fallback(response.status) })
  }
  return answer as T
}

/** A proxy in between answers without a code. */
function fallback(status: number): string {
  if (status === 401) return 'not_signed_in'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not_found'
  if (status === 429) return 'too_many_attempts'
  return status >= 500 ? 'unavailable' : 'unknown'
}

export const api = {
  signIn: (login: string, password: string, code?: string) => ask<Account>('POST', '/session', { login, password, ...(code && { code }) }),
  account: () => ask<Account>('GET', '/session'),
  changePassword: (old: string, fresh: string) => ask<void>('POST', '/password', { old, new: fresh }),
  beginSecondFactor: (password: string) => ask<Enrolment>('POST', '/second-factor/begin', { password }),
  turnOnSecondFactor: (enrolment: string, code: string) => ask<{ recovery: string[] }>('POST', '/second-factor', { enrolment, code }),
  turnOffSecondFactor: (password: string, code: string) => ask<void>('POST', '/second-factor/off', { password, code }),
  signOut: () => ask<void>('DELETE', '/session'),
  phone: () => ask<SeatPhone>('POST', '/phone'),
  customer: (id: string) => ask<{ open_tickets?: TicketLine[] | null; contacts?: Contact[] | null }>('GET', `/customers/${encodeURIComponent(id)}`),
  /** tell says whose a call is; with keeps, its number is theirs from now on. */
  tell: (call: string, customer: string, keeps: boolean) => ask<unknown>('PUT', `/contacts/${encodeURIComponent(call)}/customer`, { customer, ...(keeps && { keeps_number: true }) }),
  decisions: (call: string) => ask<Story>('GET', `/calls/${encodeURIComponent(call)}/decisions`),
  /** calls are those of an agent or a ticket, or else those that wait. */
  calls: (about: { agent?: string; ticket?: string }) => ask<{ items: Call[] }>('GET', `/calls?${new URLSearchParams(about)}`).then(items),
  lead: (call: string, to: Lead) => ask<void>('POST', `/calls/${encodeURIComponent(call)}/lead`, to),
  oversee: (agent: string, manner: Manner) => ask<void>('PUT', '/oversight', { agent, manner }),
  overseeCall: (call: string, manner: Manner) => ask<void>('PUT', '/oversight', { call, manner }),
  leaveOversight: () => ask<void>('DELETE', '/oversight'),
  targets: () => ask<Targets>('GET', '/targets'),
  makeAgent: (id: string, state: string, reason?: string) => ask<void>('POST', `/agents/${encodeURIComponent(id)}/availability`, { state, ...(reason && { reason }) }),
  skills: (id: string) => ask<AgentSkills>('GET', `/agents/${encodeURIComponent(id)}/skills`),
  giveSkills: (id: string, order: SkillOrder) => ask<void>('PUT', `/agents/${encodeURIComponent(id)}/skills`, order),
  takeBackSkills: (id: string) => ask<void>('DELETE', `/agents/${encodeURIComponent(id)}/skills`),
  closeQueue: (id: string) => ask<void>('POST', `/queues/${encodeURIComponent(id)}/close`),
  openQueue: (id: string) => ask<void>('POST', `/queues/${encodeURIComponent(id)}/open`),
  alarms: () => ask<{ items: Alarm[]; rules: AlarmRule[] }>('GET', '/alarms'),
  pastAlarms: (cursor = '') => ask<{ items: Alarm[]; next_cursor: string }>('GET', `/alarms/past${cursor && '?' + new URLSearchParams({ cursor })}`),
  seeToAlarm: (id: string) => ask<Alarm>('POST', `/alarms/${encodeURIComponent(id)}/acknowledge`),
  orderRule: (id: string, to: AlarmBounds) => ask<AlarmRule>('PUT', `/alarms/rules/${encodeURIComponent(id)}`, to),
  takeBackRule: (id: string) => ask<AlarmRule>('DELETE', `/alarms/rules/${encodeURIComponent(id)}`),
  bulletins: () => ask<{ items: BulletinState[] }>('GET', '/bulletins').then(items),
  say: (text: string, to: { department?: string; queue?: string; agent?: string }) => ask<BulletinState>('POST', '/bulletins', { text, to }),
  reasons: () => ask<Choice[] | { items: Choice[] }>('GET', '/reasons').then(items),
  callReasons: () => ask<CallReasons>('GET', '/call-reasons'),
  dispositions: () => ask<Choice[] | { items: Choice[] }>('GET', '/dispositions').then(items),
}

/** Lists come bare or as {items}. */
export function items<T>(answer: T[] | { items: T[] }): T[] {
  return Array.isArray(answer) ? answer : (answer?.items ?? [])
}
