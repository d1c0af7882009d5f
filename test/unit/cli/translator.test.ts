import { expect } from 'chai'
import { createTranslator, type SourceMaps } from '../../../cli/translator.js'

// app.js:1:1 is src/server.ts:3:5 (one mapping: column 0, source 0, line +2, column +4).
const map = JSON.stringify({ version: 3, sources: ['src/server.ts'], names: [], mappings: 'AAEI' })

function feed(chunks: readonly string[], maps: SourceMaps = map): string {
  let text = ''
  const translator = createTranslator(maps, (piece) => {
    text += piece
  })
  for (const chunk of chunks) translator.push(chunk, 'out')
  translator.end()
  return text
}

describe('translator', () => {
  const trace = 'Uncaught Error: no\n    at <anonymous> (app.js:1:1)\n'
  const expected = 'Uncaught Error: no\n    at <anonymous> (src/server.ts:3:5)\n'

  it("shows positions of the bundle as the user's file, line and column", () => {
    expect(feed([trace])).to.equal(expected)
  })

  it('gives the same text however the stream is cut', () => {
    for (let at = 0; at <= trace.length; at++)
      expect(feed([trace.slice(0, at), trace.slice(at)])).to.equal(expected)
  })

  it('of several apps: each line by the map of the app that it begins with', () => {
    const maps = { shop: map, blog: map.replace('server', 'blog') }
    const lines = [
      '[shop] at app.js:1:1\n',
      '[blog] at app.js:1:1 app.js:1:1\n',
      '[other] at app.js:1:1\n',
      'app.js:1:1\n',
    ]
    const text = lines.join('')
    const translated =
      '[shop] at src/server.ts:3:5\n[blog] at src/blog.ts:3:5 src/blog.ts:3:5\n[other] at app.js:1:1\napp.js:1:1\n'
    for (let at = 0; at <= text.length; at++)
      expect(feed([text.slice(0, at), text.slice(at)], maps), `cut at ${at}`).to.equal(translated)
  })

  it('does not keep ordinary output waiting', () => {
    const pieces: string[] = []
    const translator = createTranslator(map, (piece) => pieces.push(piece))
    translator.push('listening on 80', 'out')
    expect(pieces).to.deep.equal(['listening on 80'])
    translator.end()
  })
})
