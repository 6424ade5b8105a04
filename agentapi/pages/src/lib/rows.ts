/** Which rows of a long table are drawn: those in sight, and some above and below them. Pure. */

export interface Sight {
  /** How far the table is scrolled, and how much of it is seen, in pixels. */
  top: number
  height: number
}

export interface Drawn {
  from: number
  to: number // not itself drawn
  /** The room of the rows that are not drawn. */
  above: number
  below: number
}

/** drawn says which of `count` rows of one height are drawn. */
export function drawn(sight: Sight, row: number, count: number, spare = 8): Drawn {
  const first = Math.min(Math.floor(Math.max(0, sight.top) / row), Math.max(0, count - 1))
  const from = Math.max(0, first - spare)
  const to = Math.min(count, first + Math.ceil(sight.height / row) + 1 + spare)
  return { from, to, above: from * row, below: (count - to) * row }
}

/** nearEnd says that the next page is to be fetched: fewer than three screens are left below. */
export const nearEnd = (sight: Sight, row: number, count: number): boolean => sight.top + sight.height * 4 > count * row

/** reveal is how far to scroll so that a row is in sight; the same where it is already. `head` covers the table's top. */
export function reveal(sight: Sight, row: number, index: number, head = 0): number {
  const top = index * row
  if (top < sight.top) return top
  const bottom = top + row + head
  return bottom > sight.top + sight.height ? bottom - sight.height : sight.top
}
