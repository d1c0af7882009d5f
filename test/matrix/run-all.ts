import type { Cell } from './cells.js'
import type { Media } from './media.js'
import { type CellResult, runCell } from './run-cell.js'

/** Runs the cells, `width` at a time; `tell` hears of each as it ends. */
export async function runAll(
  cells: readonly Cell[],
  media: Media,
  width: number,
  tell: (cell: Cell, result: CellResult) => void,
): Promise<void> {
  const queue = [...cells]
  const worker = async () => {
    for (let cell = queue.shift(); cell !== undefined; cell = queue.shift())
      tell(cell, await runCell(cell, media))
  }
  await Promise.all(Array.from({ length: width }, worker))
}
