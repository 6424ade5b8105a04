import { expect, test } from 'vitest'
import { changed, editOf, formOf, placeOf, rebase, tidy } from './record.ts'
import type { Customer } from './wire.ts'

const anna: Customer = {
  id: 'k0', version: 3, name: 'Анна', numbers: ['+79123456789', '0042'], mails: ['a@example.org'], addresses: ['Мира, 1'], equipment: [], notes: ['one'], warnings: [],
  contracts: [{ number: 'К-1', agreement: 'home', ends_on: '2027-01-31', expired: false }],
}

test('a form that nobody has touched makes no edit', () => {
  expect(editOf(anna, formOf(anna))).toEqual({})
  expect(changed(formOf(anna), formOf(anna))).toEqual([])
})

test('only what was changed goes to the server, and a number that they have goes as it is kept', () => {
  const form = formOf(anna)
  form.numbers.push(' 8 912 000-00-00 ', '')
  form.notes[0] = '  '
  expect(editOf(anna, form)).toEqual({ numbers: ['+79123456789', '0042', '8 912 000-00-00'], notes: [] })
})

test('a customer of whom a pop knows the first contract and address alone is the same in a form', () => {
  expect(formOf({ id: 'k', name: 'x', contract: 'К-1', address: 'Мира, 1' })).toMatchObject({ contracts: [{ number: 'К-1', agreement: '', ends_on: '' }], addresses: ['Мира, 1'] })
})

test('empty rows are no entries, so that places are those that the server names', () => {
  const form = { ...formOf(), numbers: ['', '1', ' '], contracts: [{ number: '', agreement: '', ends_on: '' }, { number: '', agreement: '', ends_on: '2027-01-01' }] }
  expect(tidy(form)).toMatchObject({ numbers: ['1'], contracts: [{ number: '', agreement: '', ends_on: '2027-01-01' }] })
})

test('what two have done to different things stands together', () => {
  const mine = { ...formOf(anna), name: 'Анна Лебедева', mails: ['a@example.org', 'b@example.org'] }
  const theirs = { ...formOf(anna), mails: ['c@example.org'], notes: ['one', 'two'] }
  const both = rebase(formOf(anna), mine, theirs)
  expect(both.form).toMatchObject({ name: 'Анна Лебедева', mails: ['c@example.org', 'b@example.org'], notes: ['one', 'two'] })
  expect(both.against).toEqual({})
})

test('where both have written a name, mine stands, and theirs is said', () => {
  const both = rebase(formOf(anna), { ...formOf(anna), name: 'Анна Лебедева' }, { ...formOf(anna), name: 'Анна Л.' })
  expect(both).toMatchObject({ form: { name: 'Анна Лебедева' }, against: { name: 'Анна Л.' } })
  expect(rebase(formOf(anna), { ...formOf(anna), name: 'Инна' }, { ...formOf(anna), name: 'Инна' }).against).toEqual({})
})

test('what I have taken out does not come back, and a contract is known again by its number', () => {
  const mine = { ...formOf(anna), numbers: ['0042'], contracts: [{ number: 'К-1', agreement: 'business', ends_on: '2027-01-31' }] }
  const theirs = { ...formOf(anna), numbers: ['+7 912 345-67-89', '0042', '0043'], contracts: [{ number: 'К-2', agreement: '', ends_on: '' }, { number: 'К-1', agreement: 'home', ends_on: '2028-01-31' }] }
  expect(rebase(formOf(anna), mine, theirs).form).toMatchObject({
    numbers: ['0042', '0043'],
    contracts: [{ number: 'К-2' }, { number: 'К-1', agreement: 'business', ends_on: '2027-01-31' }],
  })
})

test('the place of an error is read from the field that the server names', () => {
  expect(placeOf('body.contracts[1].ends_on')).toEqual({ field: 'contracts', at: 1, part: 'ends_on' })
  expect(placeOf('body.numbers[0]')).toEqual({ field: 'numbers', at: 0, part: '' })
  expect(placeOf('name')).toEqual({ field: 'name', at: null, part: '' })
  expect(placeOf('header.If-Match')).toBeNull()
})
