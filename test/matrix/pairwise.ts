/**
 * A small set of cells in which every pair of values that occurs in any cell occurs at least once: greedy, in the order
 * of `cells`, so the same input gives the same set. `cost` breaks ties: cheap cells are preferred.
 */
export function pairwiseCover<Cell extends object>(
  cells: readonly Cell[],
  cost: (cell: Cell) => number,
): Cell[] {
  const pairs = cells.map(pairsOf)
  const open = new Set(pairs.flat())
  const chosen: Cell[] = []
  while (open.size > 0) {
    let best = -1
    let bestScore = 0
    for (let i = 0; i < cells.length; i++) {
      const fresh = pairs[i]?.filter((pair) => open.has(pair)).length ?? 0
      const score = fresh / cost(cells[i] as Cell)
      if (score > bestScore) {
        best = i
        bestScore = score
      }
    }
    chosen.push(cells[best] as Cell)
    for (const pair of pairs[best] ?? []) open.delete(pair)
  }
  return chosen
}

function pairsOf(cell: object): string[] {
  const values = Object.entries(cell).map(([key, value]) => `${key}=${value}`)
  return values.flatMap((a, i) => values.slice(i + 1).map((b) => `${a} ${b}`))
}
