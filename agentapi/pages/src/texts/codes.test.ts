import { expect, test } from 'vitest'
import codes from '../tickets/codes.json'
import { en } from './en.ts'
import { ru } from './ru.ts'

// What the server may say, by the name under which codes.json has it, and where the words for it stand.
const words = (t: typeof ru): Record<keyof typeof codes, object> => ({
  history: t.tickets.history, channels: t.tickets.contacts, phases: t.tickets.phases, awaits: t.tickets.awaits, dispositions: t.tickets.dispositions, classes: t.tickets.classes, notices: t.tickets.notice,
  clocks: t.tickets.clock_kinds, parties: t.tickets.parties, entries: t.tickets.entries, parts: t.tickets.part_states, promises: t.tickets.promise_states, vendors: t.tickets.vendor_states,
  reviews: t.tickets.review_states, file_refusals: t.tickets.file_problems, outcomes: t.outcomes, problems: t.problems, field_rules: { ...t.customers.rules, ...t.field_rules },
})

test('whatever code the server sends has words in both languages', () => {
  const lacking = Object.entries({ ru, en }).flatMap(([language, t]) =>
    Object.entries(words(t as typeof ru)).flatMap(([of, known]) => codes[of as keyof typeof codes].filter((code) => !Object.hasOwn(known, code)).map((code) => `${language}: ${of} ${code}`)),
  )
  expect(lacking).toEqual([])
})
