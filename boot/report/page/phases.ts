import { timeText } from '../../../base/units.js'
import type { Phase } from '../../timeline.js'
import { plainText } from '../console-text.js'
import { type Markup, markup } from '../markup.js'

export const phaseKinds = ['firmware', 'loader', 'kernel', 'engine', 'app'] as const

/** Who worked in a phase: its name begins with it; what no name says is the app's. */
export function phaseKind({ name }: Phase): (typeof phaseKinds)[number] {
  return phaseKinds.find((kind) => name.startsWith(kind)) ?? 'app'
}

/** All phases in one bar, on a scale that the rows of a page share; what is beyond `longest` is left out behind a gap. */
export function phaseBar(phases: readonly Phase[], longest: number): Markup {
  const told = phaseKinds
    .map((kind) => [kind, sum(phases.filter((phase) => phaseKind(phase) === kind))] as const)
    .filter(([, took]) => took > 0)
    .map(([kind, took]) => `${kind} ${timeText(took)}`)
  return markup`<svg class="phases" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="${told.join(', ')}"><title>${told.join(', ')}</title>${phases.map((phase) => phaseRects(phase, longest))}${(phases.at(-1)?.end ?? 0) > longest && markup`<rect class="gap" x="940" width="25" height="10"/>`}</svg>`
}

/** A line a phase: when it ended, what it took, and where it stands in the whole. */
export function phaseTable(phases: readonly Phase[]): Markup {
  const total = phases.at(-1)?.end ?? 0
  return markup`<table class="timeline">
<caption>Boot timeline: ${timeText(total)} from the machine's reset. Light parts: the processor waited.</caption>
<thead><tr><th scope="col">Phase</th><th scope="col" class="number">Ended at</th><th scope="col" class="number">Took</th><th scope="col"><span class="hidden">Place in the whole</span></th></tr></thead>
<tbody>
${phases.map(
  (phase) =>
    markup`<tr><th scope="row">${plainText(phase.name)}</th><td class="number">${timeText(phase.end)}</td><td class="number">${timeText(phase.end - phase.start)}</td><td class="chart"><svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${phaseRects(phase, total)}</svg></td></tr>\n`,
)}</tbody></table>`
}

function phaseRects(phase: Phase, longest: number): Markup {
  const x = (ms: number) => Math.round((ms / longest) * 100_000) / 100
  const { start, end } = phase
  const idle = Math.min(phase.idle, end - start)
  const width = Math.max(x(end - start), 1.5)
  return markup`<rect class="${phaseKind(phase)}" x="${x(start)}" width="${width}" height="10"/>${
    idle > 0 && markup`<rect class="idle" x="${x(end - idle)}" width="${x(idle)}" height="10"/>`
  }`
}

function sum(phases: readonly Phase[]): number {
  return phases.reduce((all, { start, end }) => all + end - start, 0)
}
