import { describe, expect, test } from 'vitest'
import { movedOn, outcomeOf, staysAs, standing, type Standing } from './outcome.ts'

const mine: Standing = standing({ phase: 'in_work', owner: 'vera', owner_kind: 'person', next_at: '2026-11-30T10:00:00Z' })
const technical: Standing = { ...mine, phase: 'open', owner: 'technical', owner_kind: 'department' }
const taken: Standing = { ...mine, owner: 'ilja' }

describe('the outcome starts with what was done during the call', () => {
  const cases: [string, Standing | undefined, Standing | undefined, string][] = [
    ['nothing was done', mine, mine, ''],
    ['the ticket is not there yet', undefined, mine, ''],
    ['it was given to a department', mine, technical, 'handed_over'],
    ['and somebody of it has taken it', mine, taken, 'handed_over'],
    ['it was theirs before', technical, technical, ''],
    ['it was given on', technical, { ...technical, owner: 'field' }, 'handed_over'],
    ['it was answered', mine, { ...mine, phase: 'solved' }, 'resolved'],
    ['it was confirmed', { ...mine, phase: 'solved' }, { phase: 'closed' }, ''],
    ['another date was set', mine, { ...mine, next_at: '2026-12-01T10:00:00Z' }, 'follow_up'],
    ['it was merged into another', mine, { ...mine, phase: 'closed', merged_into: '100238' }, ''],
    ['it waits', mine, { ...mine, phase: 'waiting' }, 'follow_up'],
  ]
  test.each(cases)('%s', (_, was, is, outcome) => expect(outcomeOf(was, is, 'vera')).toBe(outcome))
})

describe('what was set stays', () => {
  const cases: [string, Standing | undefined, string, string, boolean][] = [
    ['with the department', technical, 'handed_over', '', true],
    ['with its person', taken, 'handed_over', '', true],
    ['unless another one is chosen', technical, 'handed_over', 'field', false],
    ['or nobody was chosen before', mine, 'handed_over', '', false],
    ['with oneself, who comes back to it', mine, 'follow_up', '', true],
    ['unless one takes it back', technical, 'follow_up', '', false],
    ['and not where it is closed', mine, 'resolved', '', false],
    ['or was', { phase: 'closed' }, 'follow_up', '', false],
    ['or nobody has begun', { ...mine, phase: 'new' }, 'follow_up', '', false],
    ['nor without the ticket', undefined, 'follow_up', '', false],
  ]
  test.each(cases)('%s', (_, is, outcome, department, stays) => expect(staysAs(is, outcome, department, 'vera')).toBe(stays))
})

describe('a ticket has moved on', () => {
  const cases: [string, Standing | undefined, Standing, boolean][] = [
    ['not where all is as it was', mine, { ...mine }, false],
    ['nor where its number of something else changed', mine, { ...mine, version: 9 } as Standing, false],
    ['where somebody else has it', mine, technical, true],
    ['where it is answered', mine, { ...mine, phase: 'solved' }, true],
    ['where another date was set', mine, { ...mine, next_at: '2026-12-01T10:00:00Z' }, true],
    ['where it was merged', mine, { ...mine, merged_into: '100238' }, true],
    ['where it was never seen, and somebody has begun', undefined, mine, true],
    ['and not where nobody has', undefined, { phase: 'new' }, false],
  ]
  test.each(cases)('%s', (_, seen, is, moved) => expect(movedOn(seen, is)).toBe(moved))
})
