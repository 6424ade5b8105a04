import { beforeEach, expect, test, vi } from 'vitest'
import { Phone } from './phone.svelte.ts'
import type { SeatPhone } from './wire.ts'

/** What the phone asks of JsSIP. */
const exchange = vi.hoisted(() => ({ uas: [] as { on: Record<string, (e?: unknown) => void>; done: string[] }[] }))

vi.mock('jssip', () => {
  class UA {
    made = { on: {} as Record<string, (e?: unknown) => void>, done: [] as string[] }
    constructor() {
      exchange.uas.push(this.made)
    }
    on(event: string, f: (e?: unknown) => void) {
      this.made.on[event] = f
    }
    start() {
      this.made.done.push('start')
    }
    stop() {
      this.made.done.push('stop')
    }
    unregister() {
      this.made.done.push('unregister')
    }
  }
  return { default: { UA, WebSocketInterface: class {} } }
})

const seat = { ws: 'wss://desk/ws', uri: 'sip:vera@desk', user: 'vera', password: 'secret' } as SeatPhone
let give: ((seat: SeatPhone) => void)[]
let phone: Phone

beforeEach(() => {
  exchange.uas = []
  give = []
  phone = new Phone(() => new Promise((resolve) => give.push(resolve)))
})

test.each(['leave', 'stop'] as const)('a page that is to %s while it waits for its credentials does not register after all', async (how) => {
  const started = phone.start()
  phone[how]()
  give[0]!(seat)
  await started
  expect(exchange.uas).toHaveLength(0)
  expect(phone.registration).toBe('off')
})

test('of two starts the later one registers, whichever has its credentials first', async () => {
  const first = phone.start()
  await vi.dynamicImportSettled() // of two that import it at once one would not get the mock
  phone.stop()
  const second = phone.start()
  give[1]!(seat)
  await second
  give[0]!(seat)
  await first
  expect(exchange.uas.map((u) => u.done)).toEqual([['start']])
})

/** What the phone asks of one call, which it ends at once. */
function rings() {
  const said: unknown[] = []
  const on: Record<string, () => void> = {}
  const session = {
    on: (event: string, f: () => void) => void (on[event] = f),
    answer: () => void said.push('answer'),
    terminate: (how?: unknown) => (said.push(how ?? 'hang up'), on.failed!()),
    remote_identity: null,
  }
  exchange.uas[0]!.on.newRTCSession!({ originator: 'remote', session })
  return { said, on }
}

async function registers(): Promise<void> {
  const started = phone.start()
  give[0]!(seat)
  await started
}

test('a page that leaves while it rings answers as no phone that fails', async () => {
  await registers()
  const { said } = rings()
  expect(phone.call).toBe('ringing')
  phone.leave()
  expect(said).toEqual([{ status_code: 430 }])
  expect(exchange.uas[0]!.done).toEqual(['start', 'stop'])
})

test.each([true, false])('a talk that is over ends after a moment where it is still over then: %s', async (still) => {
  await registers()
  const { said, on } = rings()
  phone.answer()
  on.confirmed!()
  vi.useFakeTimers()
  phone.overSoon(() => still)
  vi.runAllTimers()
  vi.useRealTimers()
  expect(said).toEqual(still ? ['answer', 'hang up'] : ['answer'])
})

test('a talk that returns is answered however often it is called, and nothing else is, or once the agent has hung up', async () => {
  await registers()
  const first = rings()
  phone.returns(true)
  expect(first.said).toEqual(['answer'])
  first.on.failed!() // its socket went, or there was no microphone
  const second = rings()
  expect(second.said).toEqual(['answer'])
  second.on.confirmed!()
  phone.returns(false)
  second.on.ended!()
  const other = rings()
  expect(other.said).toEqual([])
  other.on.failed!()

  phone.returns(true)
  const third = rings()
  phone.hangUp()
  expect(third.said).toEqual(['answer', { status_code: 486 }])
  expect(rings().said).toEqual([])
})
