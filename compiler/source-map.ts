import { readVlq, type VlqReader } from './vlq.js'

/** A place in the user's sources; line and column count from 1, as editors and stacks do. */
export interface SourcePosition {
  /** Relative to the project's folder, with `/`. */
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface SourceMap {
  /** The user's position for one of the bundle (both from 1), or undefined where the bundler wrote the code itself. */
  locate(line: number, column: number): SourcePosition | undefined
  /** Full text of a source, when the map holds it. */
  sourceText(file: string): string | undefined
}

interface MapJson {
  readonly version: number
  readonly sources: readonly string[]
  readonly sourcesContent?: readonly (string | null)[]
  readonly mappings: string
}

/**
 * The segments of all lines of the bundle in order, four numbers each: from this column on, the code stems from this place
 * (source index, line, column) of a source. All count from 0. One flat list, since a map may hold a million of them.
 */
interface Mappings {
  readonly segments: readonly number[]
  /** For each line of the bundle, where its segments begin in the list; one more at the end. */
  readonly lines: readonly number[]
}

/** In place of a source index: code that the bundler wrote itself. */
const noSource = -1

/** Reads a version 3 source map (ECMA-426). Its mappings are decoded when the first position is asked for. */
export function readSourceMap(json: Uint8Array | string): SourceMap {
  const map = JSON.parse(typeof json === 'string' ? json : new TextDecoder().decode(json)) as MapJson
  if (map.version !== 3 || typeof map.mappings !== 'string') throw new Error('not a source map of version 3')
  let mappings: Mappings | undefined
  return {
    locate(line, column) {
      mappings ??= decodeMappings(map.mappings)
      const at = findSegment(mappings, line - 1, column - 1)
      if (at === undefined) return undefined
      const [source = noSource, sourceLine = 0, sourceColumn = 0] = mappings.segments.slice(at + 1, at + 4)
      const file = map.sources[source]
      return file === undefined ? undefined : { file, line: sourceLine + 1, column: sourceColumn + 1 }
    },
    sourceText: (file) => map.sourcesContent?.[map.sources.indexOf(file)] ?? undefined,
  }
}

/** Rewrites each `app.js:LINE:COLUMN` of console output into `src/file.ts:LINE:COLUMN`; what has no source stays. */
export function translateStack(text: string, map: SourceMap): string {
  return text.replace(/(?<![\w./-])app\.js:(\d+):(\d+)/g, (position, line: string, column: string) => {
    const found = map.locate(Number(line), Number(column))
    return found ? `${found.file}:${found.line}:${found.column}` : position
  })
}

/** Columns start again at each line of the bundle; all other fields go on from the segment before. */
function decodeMappings(text: string): Mappings {
  const reader: VlqReader = { text, at: 0 }
  const segments: number[] = []
  const lines = [0]
  let [column, source, line, sourceColumn] = [0, 0, 0, 0]
  while (reader.at < text.length) {
    const next = text.charCodeAt(reader.at)
    if (next === semicolon || next === comma) {
      reader.at++
      if (next === comma) continue
      lines.push(segments.length)
      column = 0
      continue
    }
    column += readVlq(reader)
    if (atSegmentEnd(reader)) {
      segments.push(column, noSource, 0, 0)
      continue
    }
    source += readVlq(reader)
    line += readVlq(reader)
    sourceColumn += readVlq(reader)
    if (!atSegmentEnd(reader)) readVlq(reader) // index of a name
    segments.push(column, source, line, sourceColumn)
  }
  lines.push(segments.length)
  return { segments, lines }
}

const comma = 0x2c
const semicolon = 0x3b

function atSegmentEnd({ text, at }: VlqReader): boolean {
  const next = text.charCodeAt(at)
  return at >= text.length || next === comma || next === semicolon
}

/** Index of the last segment of a line that starts at or before the column. */
function findSegment({ segments, lines }: Mappings, line: number, column: number): number | undefined {
  const first = lines[line] ?? segments.length
  let low = first / 4
  let high = (lines[line + 1] ?? first) / 4
  while (low < high) {
    const middle = (low + high) >> 1
    if ((segments[middle * 4] ?? 0) <= column) low = middle + 1
    else high = middle
  }
  return low * 4 === first ? undefined : (low - 1) * 4
}
