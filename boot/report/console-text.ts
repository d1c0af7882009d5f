/** A stretch of a line in one style; names are those of the eight colours of ECMA-48, 8.3.117 (SGR). */
export interface StyledText {
  readonly text: string
  readonly color: Color | undefined
  readonly bold: boolean
}

export type Color = (typeof colors)[number]

const colors = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const

/**
 * A console line as a terminal would colour it, safe to print anywhere: escape sequences are taken out, what is left of
 * control characters is shown by its picture (U+2400), and what would turn the text's direction or is no character by U+FFFD.
 */
export function styledText(line: string): readonly StyledText[] {
  const pieces: StyledText[] = []
  let style: Pick<StyledText, 'color' | 'bold'> = { color: undefined, bold: false }
  let from = 0
  const push = (text: string) => {
    if (text !== '') pieces.push({ text: printable(text), ...style })
  }
  for (const found of line.matchAll(escapeSequence)) {
    push(line.slice(from, found.index))
    from = found.index + found[0].length
    if (found.groups?.sgr !== undefined) style = styleAfter(style, found.groups.sgr)
  }
  push(line.slice(from))
  return pieces
}

/** The same without colours. */
export function plainText(text: string): string {
  return printable(text.replace(escapeSequence, ''))
}

// ECMA-48: control sequences (5.4; SGR among them), then strings that end with BEL or ST (5.6), then two-character sequences.
const escapeSequence =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject
  /\x1b\[(?<sgr>[\d;:]*)m|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[PX\]^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]/g

function printable(text: string): string {
  return text
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/\r\n/g, '\n')
    .replace(/\p{Cc}/gu, picture)
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g, '\ufffd')
}

function picture(control: string): string {
  const code = control.charCodeAt(0)
  if (control === '\n' || control === '\t') return control
  if (code === 0x7f) return '\u2421'
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd'
}

// Of SGR's parameters only what a report can show: 0 and 39 reset, 1 and 22 weight, 30–37 and 90–97 colours; the parameters
// of 38 and 48 (a palette or true colour) are passed over.
function styleAfter(style: Pick<StyledText, 'color' | 'bold'>, sgr: string): typeof style {
  const codes = sgr.split(/[;:]/).map(Number)
  let { color, bold } = style
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0
    if (code === 38 || code === 48) i += codes[i + 1] === 2 ? 4 : 2
    else if (code === 0) [color, bold] = [undefined, false]
    else if (code === 1 || code === 22) bold = code === 1
    else if (code === 39) color = undefined
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) color = colors[code % 10]
  }
  return { color, bold }
}
