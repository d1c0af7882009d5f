/**
 * Matches a console that holds these lines in this order, whatever stands between them. Where the first place of each has been found
 * no later one is tried (a lookahead is never entered again), so that many equal lines do not multiply the ways to fail.
 */
export function linesInOrder(lines: readonly string[]): RegExp {
  const each = lines.map((line, i) => `(?=([^]*?^${literal(line)}$))\\${i + 1}`)
  return new RegExp(`(?<![^])${each.join('')}`, 'm')
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
