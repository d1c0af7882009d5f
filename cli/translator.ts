import { readSourceMap, translateStack } from '../compiler/source-map.js'

type Sink = (text: string, stream: 'out' | 'err') => void

/** The source map of the only app, or of each of several, whose lines begin with `[NAME] `. */
export type SourceMaps = string | Readonly<Record<string, string>>

/**
 * Rewrites positions of the bundle (`app.js:1:2345`) in what a guest writes into the user's own files, as it comes. A position
 * may arrive in pieces: the end of the text that may still become one waits for the rest, at most until `patience` has passed.
 */
export function createTranslator(sourceMaps: SourceMaps | undefined, sink: Sink) {
  const isOne = sourceMaps === undefined || typeof sourceMaps === 'string'
  const translate = isOne ? oneApp(sourceMaps) : severalApps(sourceMaps)
  const partial = isOne ? partialPosition : partialPositionOrLabel
  const held = { out: '', err: '' }
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    for (const stream of ['out', 'err'] as const) {
      if (held[stream] !== '') sink(translate(held[stream], stream), stream)
      held[stream] = ''
    }
  }
  return {
    push(text: string, stream: 'out' | 'err'): void {
      clearTimeout(timer)
      const all = held[stream] + text
      const keep = all.length - (partial.exec(all)?.[0].length ?? 0)
      held[stream] = all.slice(keep)
      if (keep > 0) sink(translate(all.slice(0, keep), stream), stream)
      if (held[stream] !== '') timer = setTimeout(flush, patience)
    },
    end: flush,
  }
}

/** Milliseconds: shorter than a person notices, longer than two pieces of one write are apart. */
const patience = 50

const partialPosition = /(?:a|ap|app|app\.|app\.j|app\.js(?::\d*){0,2})$/
const partialPositionOrLabel = /(?:^|(?<=\n))\[[a-z0-9-]*\]?$|(?:a|ap|app|app\.|app\.j|app\.js(?::\d*){0,2})$/

function oneApp(sourceMap: string | undefined) {
  const map = sourceMap === undefined ? undefined : readSourceMap(sourceMap)
  return (text: string) => (map === undefined ? text : translateStack(text, map))
}

function severalApps(sourceMaps: Readonly<Record<string, string>>) {
  const maps = new Map(Object.entries(sourceMaps).map(([name, map]) => [name, readSourceMap(map)]))
  // Whose the last line of each stream is, as long as it has not ended.
  const current = { out: '', err: '' }
  return (text: string, stream: 'out' | 'err') =>
    text.replace(/[^\n]*\n|[^\n]+$/g, (line) => {
      const name = /^\[([a-z0-9-]+)\] /.exec(line)?.[1] ?? current[stream]
      const map = maps.get(name)
      current[stream] = line.endsWith('\n') ? '' : name
      return map === undefined ? line : translateStack(line, map)
    })
}
