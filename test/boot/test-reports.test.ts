import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { tryRun } from '../../base/run.js'
import { parseReport } from '../../boot/report/read-report.js'
import { scratchFolder } from '../helpers/scratch.js'

describe('reports of unik test', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const file = (...path: string[]) => join(scratch(), ...path)
  before(() => writeFileSync(file('hello.ts'), 'console.log("hello")\n'))

  const unikTest = (...flags: string[]) =>
    tryRun(
      process.execPath,
      [
        join(packageRoot, 'bin/run.js'),
        'test',
        'hello.ts',
        '-t',
        'npm,linux',
        '--report',
        'report',
        ...flags,
      ],
      { cwd: scratch(), timeout: 100_000 },
    )
  const budget = (value: unknown) => {
    writeFileSync(file('budget.json'), JSON.stringify(value))
    return ['--budget', 'budget.json']
  }

  it('grow a history, and are the same on stdout as in their folder', async () => {
    const first = await unikTest()
    expect(first.exitCode, first.stderr).to.equal(0)
    expect(first.stdout).to.match(
      /^language runtime\n {2}npm .*\nstatic linking\n {2}linux .*\n\n2 passed in /m,
    )
    expect(first.stderr)
      .to.match(/^npm {5}passed .*\nlinux {3}passed .*\n$/)
      .and.not.contain('\x1b')
    const before = parseReport(readFileSync(file('report/report.json'), 'utf8'))

    const second = await unikTest('--json')
    expect(JSON.parse(second.stdout)).to.deep.equal(
      JSON.parse(readFileSync(file('report/report.json'), 'utf8')),
    )
    const { history, rows } = parseReport(second.stdout)
    expect(rows.map(({ target }) => target)).to.deep.equal(['npm', 'linux'])
    expect(history?.map((past) => past.rows.linux?.firstOutputMs)).to.deep.equal([
      before.rows[1]?.firstOutputMs,
    ])
    expect(readFileSync(file('report/index.html'), 'utf8')).to.contain('All 2 rows passed')
  })

  it('fail for a figure above the budget, and for nothing within it', async () => {
    const kept = await unikTest(...budget({ default: { size: '+0%', firstOutputMs: '60 s' } }))
    expect(kept.stdout).to.contain('budget: kept, 4 limits checked')
    expect(kept.exitCode).to.equal(0)

    const exceeded = await unikTest(...budget({ rows: { linux: { size: '1 KiB' } } }))
    expect(exceeded.stdout).to.match(
      /budget: 1 exceeded, 1 limits checked\n {2}linux: size .* exceeds 1 KiB\n/,
    )
    expect(exceeded.exitCode).to.equal(1)
    expect(readFileSync(file('report/junit.xml'), 'utf8')).to.match(
      /<testcase name="budget: size" classname="linux"/,
    )
    expect(parseReport(readFileSync(file('report/report.json'), 'utf8')).budget?.violations).to.have.length(1)
  })

  it('tell what is wrong with a budget before anything is built', async () => {
    const wrong = await unikTest(...budget({ rows: { linux: { size: 'small' } } }), '-o', 'never')
    expect(wrong.exitCode).to.equal(2)
    expect(wrong.stderr).to.contain('rows.linux.size: must be a number of bytes')
  })
})
