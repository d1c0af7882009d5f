/**
 * Reads what targets/lib/yaml.ts writes: block style, two spaces a level, plain keys or keys in double quotes, and values as JSON has
 * them. A value of a list's item may begin behind its dash.
 */
export function readYaml(text: string): unknown {
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ indent: line.search(/\S/), text: line.trim() }))
  return readBlock(lines, lines[0]?.indent ?? 0)
}

interface Line {
  readonly indent: number
  readonly text: string
}

// Takes the lines of one block off the front.
function readBlock(lines: Line[], indent: number): unknown {
  return lines[0]?.text.startsWith('- ') === true ? readList(lines, indent) : readMap(lines, indent)
}

function readList(lines: Line[], indent: number): unknown[] {
  const list: unknown[] = []
  while (lines[0]?.indent === indent && lines[0].text.startsWith('- ')) {
    const text = lines[0].text.slice(2)
    if (keyOf(text) === undefined) {
      list.push(JSON.parse(text))
      lines.shift()
    } else {
      lines[0] = { indent: indent + 2, text }
      list.push(readMap(lines, indent + 2))
    }
  }
  return list
}

function readMap(lines: Line[], indent: number): Record<string, unknown> {
  const map: Record<string, unknown> = {}
  for (let line = lines[0]; line?.indent === indent; line = lines[0]) {
    const key = keyOf(line.text)
    if (key === undefined) throw new SyntaxError(`not a line of a YAML map: ${line.text}`)
    lines.shift()
    map[key.name] = key.rest === '' ? readBlock(lines, lines[0]?.indent ?? 0) : JSON.parse(key.rest)
  }
  return map
}

function keyOf(text: string): { name: string; rest: string } | undefined {
  const [, plain, quoted, rest = ''] =
    /^(?:([A-Za-z][\w.-]*)|("(?:[^"\\]|\\.)*")):(?: (.*))?$/.exec(text) ?? []
  const name = quoted === undefined ? plain : (JSON.parse(quoted) as string)
  return name === undefined ? undefined : { name, rest }
}
