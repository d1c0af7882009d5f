import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { temporaryFolder } from '../../../../base/temporary-folder.js'
import { runChild } from '../../../../boot/suite/run-child.js'
import { runOf } from '../../../helpers/test-report.js'

describe('runChild', () => {
  const work = temporaryFolder('unik-run-child-')
  after(() => work.remove())

  const childOf = (code: string) => {
    const program = join(work.path, 'child.cjs')
    writeFileSync(program, code)
    return runChild(
      { program, message: {}, cwd: work.path, env: {}, name: '', repeat: 'again', limit: 60, onLine() {} },
      new AbortController().signal,
    )
  }

  it('takes what the process reports', async () => {
    const { repeat, ...rest } = runOf()
    const code = `process.once('message', () => process.send(${JSON.stringify(rest)}, () => process.exit()))`
    expect(await childOf(code)).to.include({ status: 'passed', repeat: 'again' })
  })

  it('fails a run whose process ends early, whatever its status', async () => {
    const { status, why, explanation } = await childOf(`console.error('no more'); process.exit(0)`)
    expect({ status, why, explanation }).to.deep.equal({
      status: 'failed',
      why: "the suite's process ended without a report (status 0)",
      explanation: 'no more',
    })
  })

  const leaving = (options: string) =>
    childOf(`
      const idle = ['-e', 'setInterval(() => {}, 1000)']
      const left = require('node:child_process').spawn(process.execPath, idle, { stdio: 'inherit', ${options} })
      require('node:fs').writeSync(1, left.pid + '\\n')
      process.exit(3)`)

  it('ends what a suite has left running', async function () {
    if (process.platform === 'win32') this.skip()
    const { why, explanation } = await leaving('')
    expect(why).to.include('status 3')
    for (let tries = 0; tries < 500 && isRunning(Number(explanation)); tries++) await pause(10) // it dies in its own time
    expect(isRunning(Number(explanation))).to.equal(false)
  })

  it('does not wait for what a suite has left running in a session of its own', async function () {
    if (process.platform === 'win32') this.skip()
    const { why, explanation } = await leaving('detached: true')
    process.kill(Number(explanation), 'SIGKILL')
    expect(why).to.include('status 3')
  })
})

/** A zombie, for which nobody has waited yet, does not. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
