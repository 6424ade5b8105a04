/** What is drawn of a figure: its lines, by the same times. Pure. */

export interface Line { of: 'now' | 'week' | 'year'; label: string; values: (number | null)[] }
export interface Series { label: string; stroke: string; width: number; dash?: number[]; points: { show: boolean } }

/** lines lays out data and series as uPlot takes them. A single step is a point: no line leads to it. */
export function lines(times: number[], shown: Line[], target: { label: string; value: number } | null, paints: Record<Line['of'] | 'target', string>): { data: (number | null)[][]; series: Series[] } {
  const alone = times.length < 3
  const series: Series[] = shown.map((l) => ({ label: l.label, stroke: paints[l.of], width: l.of === 'now' ? 2 : 1.5, ...(l.of !== 'now' && { dash: l.of === 'week' ? [6, 4] : [2, 3] }), points: { show: alone || isolated(l.values) } }))
  const data: (number | null)[][] = [times, ...shown.map((l) => l.values)]
  if (target) {
    series.push({ label: target.label, stroke: paints.target, width: 1, dash: [10, 5], points: { show: false } })
    data.push(times.map(() => target.value))
  }
  return { data, series }
}

/** isolated says whether a value stands between two that are none, where a line would not show it. */
const isolated = (values: (number | null)[]): boolean => values.some((v, i) => v !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null)
