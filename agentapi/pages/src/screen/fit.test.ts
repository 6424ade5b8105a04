import { expect, test } from 'vitest'
import { fit } from './fit.ts'

test('as many tiles as there are have room, and none is much larger than it must be', () => {
  for (let n = 0; n <= 60; n++) {
    const { columns, rows } = fit(n, 1920, 800)
    expect(columns * rows).toBeGreaterThanOrEqual(n)
    expect(columns * (rows - 1)).toBeLessThan(Math.max(n, 1))
  }
  expect(fit(1, 1920, 800)).toEqual({ columns: 1, rows: 1 })
  expect(fit(40, 1920, 800)).toEqual({ columns: 8, rows: 5 })
  expect(fit(3, 500, 1500)).toEqual({ columns: 1, rows: 3 })
})
