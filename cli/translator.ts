import { readSourceMap, translateStack } from '../compiler/source-map.js'

type Sink = (text: string, stream: 'out' | 'err') => void

/**
 * Rewrites positions of the bundle (`app.js:1:2345`) in what a guest writes into the user's own files, as it comes. A position
 * may arrive in pieces: the end of the text that may still become one waits for the rest, at most until `patience` has passed.
 */
export function createTranslator(sourceMap: string | undefined, sink: Sink) {
  const map = sourceMap === undefined ? undefined : readSourceMap(sourceMap)
  const translate = (text: string) => (map === undefined ? text : translateStack(text, map))
  const held = { out: '', err: '' }
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    for (const stream of ['out', 'err'] as const) {
      if (held[stream] !== '') sink(translate(held[stream]), stream)
      held[stream] = ''
    }
  }
  return {
    push(text: string, stream: 'out' | 'err'): void {
      clearTimeout(timer)
      const all = held[stream] + text
      const keep = all.length - (/(?:a|ap|app|app\.|app\.j|app\.js(?::\d*){0,2})$/.exec(all)?.[0].length ?? 0)
      held[stream] = all.slice(keep)
      if (keep > 0) sink(translate(all.slice(0, keep)), stream)
      if (held[stream] !== '') timer = setTimeout(flush, patience)
    },
    end: flush,
  }
}

/** Milliseconds: shorter than a person notices, longer than two pieces of one write are apart. */
const patience = 50
