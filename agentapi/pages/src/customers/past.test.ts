import { expect, test } from 'vitest'
import type { TicketRow } from '../tickets/wire.ts'
import { lacking, together } from './past.ts'

const at = (h: number) => new Date(Date.UTC(2026, 0, 1, h)).toISOString()
const contact = (h: number) => ({ id: String(h), at: at(h) })
const ticket = (h: number): TicketRow => ({ number: String(h), phase: 'open', opened_at: at(h), version: 1 })
const ids = (p: { id: string }[]) => p.map((x) => x.id)

test('contacts and tickets come in one order, the newest first', () => {
  expect(ids(together({ items: [contact(9), contact(3)], more: false }, { items: [ticket(5)], more: false }))).toEqual(['c9', 't5', 'c3'])
})

test('what is shown ends where one of them has more, and the rest comes with its next page', () => {
  const contacts = { items: [contact(9), contact(6)], more: true }
  const tickets = { items: [ticket(8), ticket(2)], more: false }
  expect(ids(together(contacts, tickets))).toEqual(['c9', 't8', 'c6'])
  expect(lacking(contacts, tickets)).toBe('contacts')
  const after = together({ items: [...contacts.items, contact(4)], more: false }, tickets)
  expect(ids(after)).toEqual(['c9', 't8', 'c6', 'c4', 't2'])
})

test('where both have more, the one whose end is newer is asked first; where one has said nothing yet, nothing is shown', () => {
  expect(lacking({ items: [contact(9)], more: true }, { items: [ticket(5)], more: true })).toBe('contacts')
  expect(lacking({ items: [contact(3)], more: true }, { items: [ticket(5)], more: true })).toBe('tickets')
  expect(together({ items: [], more: true }, { items: [ticket(5)], more: false })).toEqual([])
  expect(lacking({ items: [], more: false }, { items: [], more: false })).toBeNull()
})
