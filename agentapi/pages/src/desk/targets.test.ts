import { expect, test } from 'vitest'
import type { Targets } from '../lib/wire.ts'
import { byExtension, sought } from './targets.ts'

const targets: Targets = {
  queues: [{ id: 'billing', name: { ru: 'Оплата', en: 'Billing' }, extension: '201', waiting: 0, free: 1 }, { id: 'night', name: { ru: 'Ночная', en: 'Night' }, extension: '20', department: { id: 'care', name: { ru: 'Забота', en: 'Customer care' } }, waiting: 0, free: 0, shut: true }],
  agents: [
    { id: 'g1', name: 'Илья Громов', extension: '102', free: true, presence: 'free', departments: [{ id: 'care', name: { ru: 'Забота', en: 'Customer care' } }] },
    { id: 'g2', name: 'Helen Ward', extension: '112', free: false, presence: 'talking' },
    { id: 'g3', name: 'Nina', free: true, presence: 'free' },
  ],
}
const found = (text: string) => { const f = sought(targets, text); return [...f.queues, ...f.agents].map((x) => x.id) }

test('targets are found by name in either language, by department and by the beginning of an extension', () => {
  expect(found('')).toEqual(['billing', 'night', 'g1', 'g2', 'g3'])
  expect(found('ОПЛАТ')).toEqual(['billing'])
  expect(found('bill')).toEqual(['billing'])
  expect(found(' care ')).toEqual(['night', 'g1'])
  expect(found('забота')).toEqual(['night', 'g1'])
  expect(found('11')).toEqual(['g2'])
  expect(found('20')).toEqual(['billing', 'night'])
  expect(found('zz')).toEqual([])
})

test('an extension that is typed as a number names who has it, and says whether they can be sent a caller', () => {
  expect(byExtension(targets, ' 102 ')).toEqual({ value: 'agent:g1', name: { ru: 'Илья Громов', en: 'Илья Громов' }, can: true })
  expect(byExtension(targets, '112')?.can).toBe(false)
  expect(byExtension(targets, '201')).toMatchObject({ value: 'queue:billing', can: true })
  expect(byExtension(targets, '20')?.can).toBe(false)
})

test('a number outside names nobody here', () => {
  expect(byExtension(targets, '1025')).toBeNull()
  expect(byExtension(targets, '')).toBeNull()
  expect(byExtension(null, '102')).toBeNull()
})
