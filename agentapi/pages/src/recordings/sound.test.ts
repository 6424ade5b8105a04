import { expect, test } from 'vitest'
import { link, outline, place, readWaveform, silences, skip, type Peaks } from './sound.ts'

const peaks = (left: number[], right: number[], step = 0.5): Peaks => ({ step, left: Uint8Array.from(left), right: Uint8Array.from(right) })

test('it is silent where neither side is heard for a while', () => {
  expect(silences(peaks([0, 0, 0, 0, 9, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 9, 0, 0, 2]))).toEqual([{ from: 0, to: 2 }, { from: 3.5, to: 5 }])
  expect(silences(peaks([], []))).toEqual([])
  expect(silences(peaks([0, 0, 0, 0], []))).toEqual([{ from: 0, to: 2 }]) // a message has one side
})

test('silence is skipped to a little before somebody speaks, and never for ever', () => {
  const all = [{ from: 2, to: 10 }]
  expect(skip(1, all)).toBeNull()
  expect(skip(2.1, all)).toBeNull() // a word ends
  expect(skip(3, all)).toBe(9.7)
  expect(skip(9.7, all)).toBeNull()
})

test('a waveform is read as bytes, and drawn around its middle', () => {
  const p = readWaveform({ step_s: 0.01, left: btoa('\x00\xff'), right: '' })
  expect([...p.left]).toEqual([0, 255])
  expect(p.right.length).toBe(0)
  expect(outline(p.left, 2, 100, 40)).toBe('M25.0 19.5L75.0 0.0L75.0 40.0L25.0 20.5Z')
  expect(outline(p.right, 2, 100, 40)).toBe('')
  expect(outline(p.left, 4, 100, 40).split('L')).toHaveLength(8) // more columns than bytes
})

test('a link leads to a place in a recording, and nothing else does', () => {
  expect(place('#t=83')).toEqual({ recording: '', at: 83 })
  expect(place('#t=1:23')).toEqual({ recording: '', at: 83 })
  expect(place('#t=1:00:01')).toEqual({ recording: '', at: 3601 })
  expect(place(link('a b', 83.9))).toEqual({ recording: 'a b', at: 83 })
  for (const odd of ['', '#', '#t=', '#t=-1', '#t=x', '#t=1e9', '#t=123456', '#top']) expect(place(odd)).toBeNull()
})
