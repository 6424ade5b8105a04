import { expect, test } from 'vitest'
import { withNames } from './skills.ts'

test('what an agent was given is read by the names of the skills, with their levels', () => {
  expect(withNames('lang:ru 5, support 4', (code) => `<${code}>`)).toBe('<lang:ru> 5, <support> 4')
  expect(withNames('x 2 1', (code) => `<${code}>`)).toBe('<x 2> 1')
  expect(withNames('', (code) => `<${code}>`)).toBe('')
})
