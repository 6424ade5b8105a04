/** How tiles fill a screen without scrolling, as large as they can be. */

/** fit is in how many columns and rows n tiles are largest, where a tile reads best `shape` times as wide as high. */
export function fit(n: number, width: number, height: number, shape = 1.7): { columns: number; rows: number } {
  let best = { columns: 1, rows: Math.max(1, n) }
  let size = 0
  for (let columns = 1; columns <= Math.max(1, n); columns++) {
    const rows = Math.max(1, Math.ceil(n / columns))
    const as = Math.min(width / columns, (height / rows) * shape)
    if (as > size) [size, best] = [as, { columns, rows }]
  }
  return best
}
