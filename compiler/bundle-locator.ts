import type { SourceMap, SourcePosition } from './source-map.js'

/** A place in the bundle as the engine's parser counts: both from 1, the column in bytes. */
export interface BundlePosition {
  readonly line: number
  readonly column: number
}

/** Finds the user's position for one of the bundle. Source maps count UTF-16 units, which differ after a letter beyond ASCII. */
export function bundleLocator(
  code: Uint8Array,
  map: SourceMap,
): (at: BundlePosition) => SourcePosition | undefined {
  let starts: readonly number[] | undefined
  return ({ line, column }) => {
    starts ??= lineStarts(code)
    const start = starts[line - 1] ?? 0
    const before = new TextDecoder().decode(code.subarray(start, start + column - 1))
    return map.locate(line, before.length + 1)
  }
}

function lineStarts(code: Uint8Array): readonly number[] {
  const starts = [0]
  for (let at = code.indexOf(0x0a); at >= 0; at = code.indexOf(0x0a, at + 1)) starts.push(at + 1)
  return starts
}
