/**
 * Rows as text, columns aligned; numbers (and sizes) to the right. Cells are wrapped where the table would be wider than `width`; where
 * even their words do not fit side by side, each row is a list of its cells.
 */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  { width = Number.POSITIVE_INFINITY }: { readonly width?: number } = {},
): string {
  const right = heads.map((_, column) =>
    rows.every((row) => /^[\d.,]+( ?\w+)?$|^-?$/.test(row[column] ?? '')),
  )
  const longest = (measure: (cell: string, column: number) => number) =>
    heads.map((head, column) =>
      Math.max(head.length, ...rows.map((row) => measure(row[column] ?? '', column))),
    )
  const longestWord = (cell: string) => Math.max(...cell.split(' ').map((word) => word.length))
  const narrowest = longest((cell, column) => (right[column] ? cell.length : longestWord(cell)))
  if (total(narrowest) > width) return rows.map((row) => listed(heads, row, width)).join('\n\n')
  const widths = fitted(
    longest((cell) => cell.length),
    narrowest,
    width,
  )
  const line = (cells: readonly string[]) => {
    const wrapped = widths.map((size, column) => wrap(cells[column] ?? '', size))
    const height = Math.max(...wrapped.map((lines) => lines.length))
    return Array.from({ length: height }, (_, at) =>
      wrapped
        .map((lines, column) => pad(lines[at] ?? '', widths[column] ?? 0, right[column] ?? false))
        .join(gap)
        .trimEnd(),
    ).join('\n')
  }
  return [line(heads), widths.map((size) => '-'.repeat(size)).join(gap), ...rows.map(line)].join('\n')
}

const gap = '  '

function total(widths: readonly number[]): number {
  return widths.reduce((sum, size) => sum + size, 0) + gap.length * (widths.length - 1)
}

/** Takes from the widest column that can give until all fit. */
function fitted(widths: readonly number[], narrowest: readonly number[], width: number): readonly number[] {
  const found = [...widths]
  while (total(found) > width) {
    const slack = found.map((size, column) => (size > (narrowest[column] ?? 0) ? size : 0))
    const widest = slack.indexOf(Math.max(...slack))
    found[widest] = (found[widest] ?? 0) - 1
  }
  return found
}

/** Lines of whole words, each of at most `width` unless a word is longer. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function pad(text: string, width: number, right: boolean): string {
  return right ? text.padStart(width) : text.padEnd(width)
}

function listed(heads: readonly string[], row: readonly string[], width: number): string {
  const indent = Math.max(...heads.map((head) => head.length)) + gap.length
  return heads
    .flatMap((head, column) =>
      wrap(row[column] ?? '', width - indent).map((line, at) => (at === 0 ? head : '').padEnd(indent) + line),
    )
    .join('\n')
}

/** Bytes for people: 812 KiB, 1.2 MiB. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KiB`
  return `${(bytes / 1024 / 1024).toFixed(2)} MiB`
}
