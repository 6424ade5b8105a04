import { expect, test } from 'vitest'
import { drawn, nearEnd, reveal } from './rows.ts'

test('of ten thousand rows only those around the sight are drawn, and the rest keeps its room', () => {
  const d = drawn({ top: 250_000, height: 800 }, 50, 10_000)
  expect(d.to - d.from).toBeLessThan(50)
  expect(d.from).toBeLessThanOrEqual(5000)
  expect(d.to).toBeGreaterThanOrEqual(5016)
  expect(d.above + d.below + (d.to - d.from) * 50).toBe(500_000)
})

test('at each place of the table all that is seen is drawn, and the height never changes', () => {
  for (const count of [0, 1, 7, 1000])
    for (let top = 0; top <= count * 50; top += 37) {
      const d = drawn({ top, height: 640 }, 50, count, 2)
      expect(d.above + d.below + (d.to - d.from) * 50).toBe(count * 50)
      if (count) expect(d.from * 50).toBeLessThanOrEqual(top)
      expect(d.to * 50).toBeGreaterThanOrEqual(Math.min(count * 50, top + 640))
    }
})

test('a table that was scrolled beyond its end, as rows went, still draws its last rows', () => {
  const d = drawn({ top: 90_000, height: 800 }, 50, 10)
  expect([d.from, d.to, d.below]).toEqual([1, 10, 0])
})

test('the next page is fetched before the end is seen', () => {
  expect(nearEnd({ top: 0, height: 800 }, 50, 200)).toBe(false)
  expect(nearEnd({ top: 7500, height: 800 }, 50, 200)).toBe(true)
})

test('the chosen row comes into sight by the shortest way', () => {
  expect(reveal({ top: 500, height: 500 }, 50, 3)).toBe(150)
  expect(reveal({ top: 500, height: 500 }, 50, 12)).toBe(500)
  expect(reveal({ top: 500, height: 500 }, 50, 40, 30)).toBe(1580)
})
