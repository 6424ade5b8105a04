import { describe, expect, test } from 'vitest'
import { Judge, judge, levelBounds, waitBounds } from './thresholds.ts'

describe('bounds', () => {
  test('a service level is green from 80, amber from 60, red below', () => {
    expect([0.95, 0.8, 0.79, 0.6, 0.59, 0].map((v) => judge(v, levelBounds()))).toEqual(['good', 'good', 'warn', 'warn', 'bad', 'bad'])
  })
  test('a wait is amber over 20 s and red over 120 s', () => {
    expect([0, 20, 20.1, 120, 121].map((v) => judge(v, waitBounds()))).toEqual(['good', 'good', 'warn', 'warn', 'bad'])
  })
  test('follow the queue’s own target', () => {
    expect(judge(25, waitBounds(30))).toBe('good')
    expect(judge(0.85, levelBounds(0.9))).toBe('warn')
  })
})

describe('hysteresis', () => {
  test('worse is said at once', () => {
    const j = new Judge()
    expect(j.judge(0.81, levelBounds(), 0)).toBe('good')
    expect(j.judge(0.79, levelBounds(), 1)).toBe('warn')
    expect(j.judge(0.1, levelBounds(), 2)).toBe('bad')
  })
  test('a figure that trembles on the border does not blink', () => {
    const j = new Judge(0)
    const said = [0.79, 0.8, 0.795, 0.81, 0.79, 0.805].map((v, i) => j.judge(v, levelBounds(), i * 10_000))
    expect(new Set(said)).toEqual(new Set(['warn']))
    expect(j.judge(0.83, levelBounds(), 100_000)).toBe('good')
  })
  test('better is said only after it could be read', () => {
    const j = new Judge(3000)
    j.judge(25, waitBounds(), 0)
    expect(j.judge(0, waitBounds(), 1000)).toBe('warn')
    expect(j.judge(0, waitBounds(), 3000)).toBe('good')
  })
  test('from red it comes back step by step', () => {
    const j = new Judge(0)
    j.judge(200, waitBounds(), 0)
    expect(j.judge(119, waitBounds(), 10)).toBe('bad')
    expect(j.judge(100, waitBounds(), 20)).toBe('warn')
    expect(j.judge(18, waitBounds(), 30)).toBe('warn')
    expect(j.judge(5, waitBounds(), 40)).toBe('good')
  })
  test('no figure, no judgement, and no memory', () => {
    const j = new Judge()
    j.judge(0.1, levelBounds(), 0)
    expect(j.judge(null, levelBounds(), 1)).toBeNull()
    expect(j.judge(0.9, levelBounds(), 2)).toBe('good')
  })
})
