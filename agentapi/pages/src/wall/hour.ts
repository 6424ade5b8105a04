/** The sixty-minute line as SVG paths, 60 wide and 20 high, its right edge at `end`. */
export function steps(history: { at: string; waiting: number }[], end: number): { line: string; area: string; peak: number } {
  const points = history
    .map((h) => ({ x: 60 - (end - Date.parse(h.at)) / 60_000, waiting: Math.max(0, h.waiting) }))
    .filter((p) => p.x > -1 && p.x <= 60)
    .sort((a, b) => a.x - b.x)
  const peak = points.reduce((most, p) => Math.max(most, p.waiting), 0)
  if (points.length === 0) return { line: '', area: '', peak: 0 }
  const top = Math.max(peak, 4) // so that a single caller does not fill the whole height
  const round = (n: number) => Math.round(n * 100) / 100
  let line = ''
  for (const [i, p] of points.entries()) {
    const x = round(Math.max(0, p.x))
    const y = round(20 - (p.waiting / top) * 18)
    const until = round(Math.min(60, Math.max(x, points[i + 1]?.x ?? p.x + 1)))
    line += `${i ? 'V' : `M${x} `}${y}H${until}`
  }
  const first = round(Math.max(0, points[0]!.x))
  const area = `M${first} 20${line.replace(/^M\S+ /, 'V')}V20Z`
  return { line, area, peak }
}
