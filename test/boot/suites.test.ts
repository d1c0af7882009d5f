import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { descendants } from '../../base/descendants.js'
import { packageRoot } from '../../base/package-root.js'
import { start } from '../../base/run.js'
import { parseReport } from '../../boot/report/read-report.js'
import type { TestResult, TestRow } from '../../boot/report/test-report.js'
import { scratchFolder } from '../helpers/scratch.js'
import { testApp } from '../helpers/test-command.js'

const server = `
let count = 0
console.log('ready')
export default {
  fetch(request: Request): Response {
    const { pathname } = new URL(request.url)
    if (pathname === '/count') return new Response(String(++count))
    if (pathname === '/exit') setTimeout(() => process.exit(4), 10)
    if (pathname === '/log') console.log('logged é')
    return new Response('hello')
  },
}
`

describe('suites of unik test', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const write = (name: string, text: string) => writeFileSync(join(scratch(), name), text)
  before(() => {
    write('server.ts', server)
    write('package.json', '{ "type": "module" }')
  })

  /** The rows of an app under a suite of this text; `NAME.unik.test.ts` is found by itself. */
  async function rowsOf(targets: string, suite: string, ...flags: string[]): Promise<readonly TestRow[]> {
    write('my.unik.test.ts', `import { expect } from 'chai'\nimport { app } from 'unik/test'\n${suite}`)
    const entry = join(scratch(), 'server.ts')
    return (await testApp([entry, '-t', targets, '-o', join(scratch(), 'dist'), ...flags])).rows
  }
  const results = (row: TestRow | undefined): readonly TestResult[] => row?.runs[0]?.tests ?? []

  it('one start is shared by the tests, until one of them ends it', async () => {
    const rows = await rowsOf(
      'linux,qemu',
      `
      const count = async () => Number(await (await app.fetch('/count')).text())
      it('a', async () => expect(await count()).to.equal(1))
      it('b', async () => expect(await count()).to.equal(2))
      it('stop', async () => {
        await app.signal('SIGINT')
        expect(await app.exit).to.deep.equal({ status: 0, verdict: 'exited' })
        const error = await app.fetch('/count').catch((error) => error)
        expect(error.message).to.match(/has ended with status 0/)
      })
      it('c', async () => expect(await count()).to.equal(1))
      it('d', async () => {
        await app.restart()
        expect(await count()).to.equal(1)
      })`,
    )
    expect(rows.map(({ status, why }) => [status, why])).to.deep.equal([
      ['passed', undefined],
      ['passed', undefined],
    ])
    expect(results(rows[0])).to.have.length(5)
  })

  it('the fixture tells the row, and what the app writes', async () => {
    const rows = await rowsOf(
      'linux,qemu,npm',
      `
      it('console', async () => {
        expect(app.target).to.match(/^(linux|qemu|npm)$/)
        expect(app.carries).to.equal(app.target === 'npm' ? 'bundle' : 'elf')
        expect(app.origin).to.match(/^http:\\/\\/127.0.0.1:\\d+$/)
        await app.fetch('/log')
        expect((await app.waitFor(/^logged (.)$/m))[1]).to.equal('é')
        expect(app.console).to.equal('ready\\nlogged é\\n')
      })
      it('USR1', async () => {
        const refused = await app.signal('SIGWINCH').then(() => '', (error) => error.message)
        expect(refused).to.equal(app.target === 'qemu' ? 'SIGWINCH cannot be sent to a machine' : '')
      })`,
    )
    expect(rows.map(({ why }) => why)).to.deep.equal([undefined, undefined, undefined])
  })

  it('an app that ends unasked fails its row, though every test passed', async () => {
    const [row] = await rowsOf(
      'linux',
      `it('asks', async () => { await app.fetch('/exit') })\nit('waits', () => app.waitFor(/never/).catch(() => {}))`,
    )
    expect(row).to.include({ status: 'failed' })
    expect(row?.why).to.match(/ended by itself with status 4/)
  })

  it('a suite without a test fails, as does one that cannot be loaded', async () => {
    expect((await rowsOf('linux', ''))[0]).to.include({ status: 'failed', why: 'the suite has no test' })
    const [row] = await rowsOf('linux', `throw new Error('no such luck')`)
    expect(row).to.include({ status: 'failed', why: 'Error: no such luck' })
    expect(row?.runs[0]?.explanation).to.match(/my\.unik\.test\.ts:3/)
  })

  it("a suite that ends its process fails, with that process's last words, and leaves nothing behind", async () => {
    const [row] = await rowsOf('qemu', `it('ends', () => { console.error('last words'); process.exit(3) })`)
    expect(row).to.include({ status: 'failed', why: "the suite's process ended without a report (status 3)" })
    expect(row?.runs[0]?.explanation).to.equal('last words')
  })

  it('a suite that never ends is ended, and its guest with it', async () => {
    const [row] = await rowsOf('linux', `it('spins', () => { for (;;); })`, '--timeout', '2')
    expect(row).to.include({ status: 'hung', why: 'the suite did not end in 20 s' })
    expect(stillRunning('dist/linux/')).to.deep.equal([])
  })

  it("a suite imports the project's own modules", async () => {
    write('helper.ts', 'export const greeting: string = "hello"\n')
    const [row] = await rowsOf(
      'linux',
      `import { greeting } from './helper.js'\nit('x', async () => expect(await (await app.fetch('/')).text()).to.equal(greeting))`,
    )
    expect(row?.why).to.equal(undefined)
  })

  it('without one, a script is held to what it does as a process', async () => {
    const folder = join(scratch(), 'script')
    mkdirSync(folder)
    writeFileSync(
      join(folder, 'script.ts'),
      'console.log("one")\nconsole.error("two")\nprocess.exitCode = 3\n',
    )
    writeFileSync(join(folder, 'package.json'), '{}')
    const { rows } = await testApp([
      join(folder, 'script.ts'),
      '-t',
      'linux,qemu,npm',
      '-o',
      join(folder, 'dist'),
    ])
    expect(rows.map(({ why }) => why)).to.deep.equal([undefined, undefined, undefined])
    expect(results(rows[1]).map(({ title }) => title)).to.deep.equal([
      'writes what it writes as a process',
      'as a program ends as it should',
      'as a program does the same again',
    ])
  })

  it('counts instructions, of machines only, and nearly the same each time', async () => {
    const suite = `it('answers', async () => { await app.fetch('/') })`
    const counts: number[] = []
    for (let i = 0; i < 2; i++) {
      const [qemu, linux] = await rowsOf('linux,qemu', suite, '--count')
      expect(linux?.runs[0]?.instructions).to.equal(undefined)
      counts.push(qemu?.runs[0]?.instructions ?? 0)
    }
    const [first = 0, second = 0] = counts
    expect(first).to.be.within(100_000, 20_000_000)
    expect(Math.abs(second / first - 1)).to.be.lessThan(0.05)
  })

  it('Ctrl-C ends it: the report is told as far as it goes, status 130, no guest is left', async () => {
    write('my.unik.test.ts', `it('waits', () => new Promise(() => {}))`)
    const args = [
      'test',
      join(scratch(), 'server.ts'),
      '-t',
      'linux,qemu',
      '-o',
      join(scratch(), 'stopped'),
      '--json',
    ]
    const command = await start(process.execPath, [join(packageRoot, 'bin/run.js'), ...args])
    let text = ''
    command.stdout.on('data', (data) => {
      text += data
    })
    command.stderr.resume()
    while (stillRunning('stopped/linux/').length === 0) await pause(50)
    const started = descendants(command.pid ?? 0)
    command.kill('SIGINT')
    expect((await command.ended).exitCode).to.equal(130)
    const report = parseReport(text)
    expect(report.interrupted).to.equal(true)
    expect(report.rows.map(({ status, why }) => [status, why])).to.deep.equal([
      ['skipped', 'the test was interrupted'],
      ['skipped', 'the test was interrupted'],
    ])
    // Killed they are by now; who inherits them may take a moment to notice.
    for (let i = 0; i < 100 && started.some(exists); i++) await pause(50)
    expect(started.filter(exists)).to.deep.equal([])
  })
})

function exists(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}

/** Programs of this machine whose command line holds the words. */
function stillRunning(words: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(words))
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return '' // it has ended since
  }
}
