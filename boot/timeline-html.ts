import type { Phase } from './timeline.js'

/** Sizes of the drawing, in CSS pixels. */
const LABEL = 240
const CHART = 640
const ROW = 26

/** The timeline as an SVG element: a bar a phase, its waiting part lighter. */
export function timelineSvg(phases: readonly Phase[]): string {
  const total = phases.at(-1)?.end ?? 1
  const x = (ms: number) => (LABEL + (ms / total) * CHART).toFixed(1)
  const rows = phases.map(({ name, start, end, idle }, i) => {
    const y = i * ROW
    const wide = (ms: number) => Math.max((ms / total) * CHART, 1).toFixed(1)
    const took = end - start
    return [
      `<text x="${LABEL - 8}" y="${y + 17}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${x(start)}" y="${y + 4}" width="${wide(took)}" height="${ROW - 8}" class="${kindOf(name)}"/>`,
      idle > 0
        ? `<rect x="${x(end - Math.min(idle, took))}" y="${y + 4}" width="${wide(Math.min(idle, took))}" height="${ROW - 8}" class="idle"/>`
        : '',
      `<text x="${Number(x(end)) + 6}" y="${y + 17}">${took.toFixed(took < 10 ? 2 : 1)} ms</text>`,
    ].join('')
  })
  const width = LABEL + CHART + 90
  return `<svg viewBox="0 0 ${width} ${phases.length * ROW}" width="${width}" role="img">${rows.join('\n')}</svg>`
}

/** One self-contained page. */
export function timelineHtml(title: string, phases: readonly Phase[]): string {
  const total = (phases.at(-1)?.end ?? 0).toFixed(1)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}: boot timeline</title>
<style>
body { font: 14px system-ui, sans-serif; margin: 2em }
svg text { font-size: 13px; fill: currentColor }
${timelineStyle}
</style>
<h1>${escaped(title)}</h1>
<p>${total} ms from the machine's reset. Light parts: the processor waited.</p>
${timelineSvg(phases)}
</html>
`
}

/** What the classes of timelineSvg need. */
export const timelineStyle = `.firmware { fill: #9aa0a6 } .loader { fill: #c58af9 } .kernel { fill: #4285f4 } .engine { fill: #fbbc04 } .app { fill: #34a853 } .idle { fill: #ffffff; opacity: .65 }`

function kindOf(name: string): string {
  const kind = /^(firmware|loader|kernel|engine)/.exec(name)?.[1]
  return kind ?? 'app'
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
}
