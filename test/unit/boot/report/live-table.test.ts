import { expect } from 'chai'
import { createLiveTable } from '../../../../boot/report/terminal/live-table.js'
import { rowOf } from '../../../helpers/test-report.js'

describe('live table', () => {
  const rows = [rowOf('efi'), rowOf('iso'), rowOf('qemu', { layer: 'VM image' })] as const
  const [efi, iso, qemu] = rows
  let time = 0
  const now = () => time

  it('is drawn in place on a terminal, and leaves nothing behind', () => {
    time = 0
    const screen = terminal(80, 24)
    const table = createLiveTable(rows, screen, { env: {}, now })
    table.started('efi')
    table.started('qemu')
    time = 12_400
    table.ended({ ...qemu, status: 'panicked', firstResponseMs: undefined })
    table.note('a note')
    expect(screen.text()).to.equal(
      [
        'a note',
        'OS image',
        '  efi     running 12 s',
        '  iso     waiting',
        'VM image',
        '  qemu    panicked         812 KiB         41 ms',
        '0 passed, 1 running, 1 waiting, 1 panicked, 12 s',
        '',
      ].join('\n'),
    )
    expect(screen.written()).to.contain('\x1b[31mpanicked')
    table.end()
    expect(screen.text()).to.equal('a note\n')
  })

  it('stays inside a terminal that is low and narrow, and shows what runs first', () => {
    const many = Array.from({ length: 40 }, (_, i) => rowOf(`row-${i}`))
    const screen = terminal(44, 8)
    const table = createLiveTable(many, screen, { env: { NO_COLOR: '1' }, now })
    for (const row of many.slice(0, 20)) table.ended(row)
    table.started('row-31')
    const lines = screen.text().trimEnd().split('\n')
    expect(lines).to.have.length(7)
    expect(lines).to.include('  row-31  running 0 s')
    expect(lines[1]).to.equal('  row-0   passed                  150 ms')
    expect(lines.at(-1)).to.equal('20 passed, 19 waiting, 1 running, 0 s')
    expect(screen.written()).not.to.match(/\[\d+m/)
    table.end()
    expect(screen.text()).to.equal('')
  })

  it('finds its first line again after the terminal has become narrower', () => {
    const screen = terminal(80, 24)
    const table = createLiveTable(rows, screen, { env: {}, now })
    for (const row of rows) table.ended(row)
    screen.resize(40)
    table.end()
    expect(screen.text()).to.equal('')
  })

  for (const [where, stream, env] of [
    ['in a file', {}, {}],
    ['in CI', { isTTY: true }, { CI: 'true' }],
  ] as const)
    it(`is a line a row in the order of the table ${where}`, () => {
      let text = ''
      const table = createLiveTable(rows, { ...stream, write: (more) => (text += more) }, { env, now })
      table.started('iso')
      table.ended({ ...qemu, status: 'skipped', why: 'needs the package \x1b[1mqemu' })
      expect(text).to.equal('')
      table.ended(efi)
      expect(text).to.equal('efi     passed           812 KiB         41 ms          150 ms\n')
      table.end()
      expect(text.split('\n').slice(1)).to.deep.equal(['qemu    skipped  needs the package qemu', ''])
      expect(iso.status).to.equal('passed')
    })
})

/** As much of a terminal as the table uses: cursor up, carriage return, erase below, and lines that wrap at its width. */
function terminal(width: number, height: number) {
  let columns = width
  let lines = ['']
  let row = 0
  let column = 0
  let written = ''
  const put = (c: string) => {
    if (column === columns) nextLine()
    const line = lines[row] ?? ''
    lines[row] = line.slice(0, column).padEnd(column) + c + line.slice(column + 1)
    column++
  }
  const nextLine = () => {
    row++
    column = 0
    lines[row] ??= ''
  }
  return {
    isTTY: true as const,
    get columns() {
      return columns
    },
    rows: height,
    write(text: string) {
      written += text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject
      for (const [token] of text.matchAll(/\x1b\[\d*[A-Za-z]|[^\x1b]/g)) {
        if (token === '\n') nextLine()
        else if (token === '\r') column = 0
        else if (token.endsWith('A') && token.length > 1) row -= Number(token.slice(2, -1))
        else if (token === '\x1b[J') lines = [...lines.slice(0, row), (lines[row] ?? '').slice(0, column)]
        else if (token.length === 1) put(token)
      }
    },
    /** Wraps what stands there, as terminals do. */
    resize(to: number) {
      columns = to
      lines = lines.flatMap((line) => line.match(new RegExp(`.{1,${to}}`, 'g')) ?? [''])
      row = lines.length - 1
    },
    text: () => lines.join('\n'),
    written: () => written,
  }
}
