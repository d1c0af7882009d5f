import { type Cell, sensibleCells } from './cells.js'
import { pairwiseCover } from './pairwise.js'

/** The app that every cell runs. */
export const source = `
export default {
  fetch(request: Request): Response {
    return new Response('hello ' + new URL(request.url).searchParams.get('n'))
  },
}
`

/** What CI boots: every pair of choices once. UEFI firmware takes seconds, so such cells are taken where they are needed. */
export function ciCells(): Cell[] {
  return pairwiseCover(sensibleCells(), (cell) => (cell.firmware === 'ovmf' ? 4 : 1))
}
