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

/** From `column` of the bundle's line on, the code stems from this place of a source. All count from 0. */
type Segment = readonly [column: number, source: number, sourceLine: number, sourceColumn: number]

/** The segments of one line of the bundle, in order of column. */
type Line = readonly Segment[]

/** In place of a source index: code that the bundler wrote itself. */
const noSource = -1

/** Reads a version 3 source map (ECMA-426). Its mappings are decoded when the first position is asked for. */
export function readSourceMap(json: Uint8Array | string): SourceMap {
  const map = JSON.parse(typeof json === 'string' ? json : new TextDecoder().decode(json)) as MapJson
  if (map.version !== 3 || typeof map.mappings !== 'string') throw new Error('not a source map of version 3')
  let lines: readonly Line[] | undefined
  return {
    locate(line, column) {
      lines ??= decodeMappings(map.mappings)
      const segment = findSegment(lines[line - 1] ?? [], column - 1)
      const file = segment && map.sources[segment[1]]
      return segment && file !== undefined
        ? { file, line: segment[2] + 1, column: segment[3] + 1 }
        : undefined
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
function decodeMappings(mappings: string): readonly Line[] {
  const reader: VlqReader = { text: mappings, at: 0 }
  const previous = { source: 0, line: 0, column: 0 }
  const lines: Line[] = []
  for (;;) {
    lines.push(decodeLine(reader, previous))
    if (reader.at >= mappings.length) return lines
    reader.at++ // the semicolon
  }
}

function decodeLine(reader: VlqReader, previous: { source: number; line: number; column: number }): Line {
  const segments: Segment[] = []
  let column = 0
  while (!atLineEnd(reader)) {
    column += readVlq(reader)
    if (atSegmentEnd(reader)) {
      segments.push([column, noSource, 0, 0])
    } else {
      previous.source += readVlq(reader)
      previous.line += readVlq(reader)
      previous.column += readVlq(reader)
      if (!atSegmentEnd(reader)) readVlq(reader) // index of a name
      segments.push([column, previous.source, previous.line, previous.column])
    }
    if (reader.text[reader.at] === ',') reader.at++
  }
  return segments
}

function atLineEnd({ text, at }: VlqReader): boolean {
  return at >= text.length || text[at] === ';'
}

function atSegmentEnd(reader: VlqReader): boolean {
  return atLineEnd(reader) || reader.text[reader.at] === ','
}

/** The last segment that starts at or before the column. */
function findSegment(line: Line, column: number): Segment | undefined {
  let low = 0
  let high = line.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((line[middle]?.[0] ?? 0) <= column) low = middle + 1
    else high = middle
  }
  return line[low - 1]
}
