import { type Markup, markup } from '../markup.js'

/** The beginning of a digest beside a figure drawn from all of it: equal digests are seen to be equal. */
export function digestMark(sha256: string): Markup {
  const nibbles = [...sha256].map((c) => Number.parseInt(c, 16) || 0)
  const color = `hsl(${nibbles.slice(0, 3).reduce((sum, nibble) => sum * 16 + nibble, 0) % 360} 55% 48%)`
  // Five columns, the right two mirroring the left two; each cell by the sum of every fifteenth digit.
  const cells = Array.from({ length: 15 }, (_, cell) => {
    const dark = nibbles.filter((_, i) => i % 15 === cell).reduce((sum, nibble) => sum + nibble, 0) % 2 === 1
    const [x, y] = [Math.floor(cell / 5), cell % 5]
    return dark && [x, 4 - x].map((at) => markup`<rect x="${at}" y="${y}" width="1" height="1"/>`)
  })
  return markup`<span class="digest" title="${sha256}"><svg viewBox="0 0 5 5" aria-hidden="true" fill="${color}">${cells}</svg><code>${sha256.slice(0, 12)}</code></span>`
}
