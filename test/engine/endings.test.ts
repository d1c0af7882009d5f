import { expect } from 'chai'
import { makeApp, runSource } from './app.js'

describe('how a program ends', () => {
  it('an uncaught exception tells its stack in the bundle, with status 1', async () => {
    const { stderr, exitCode } = await runSource(
      'function broken(): void {\n  throw new RangeError("too far")\n}\nbroken()\n',
    )
    expect(stderr).to.match(/^Uncaught RangeError: too far\n {4}at broken \(app\.js:\d+:\d+\)\n/)
    expect(exitCode).to.equal(1)
  })

  it('an unhandled rejection likewise, and nothing runs after it', async () => {
    const { stdout, stderr, exitCode } = await runSource(
      'setTimeout(() => console.log("later"), 20); Promise.reject(new Error("lost"))',
    )
    expect(stderr).to.match(/^Uncaught Error: lost\n/)
    expect(stdout).to.equal('')
    expect(exitCode).to.equal(1)
  })

  it('a rejection that is handled in time is none', async () => {
    const { stdout, exitCode } = await runSource(
      'const p = Promise.reject(new Error("x")); queueMicrotask(() => p.catch(() => console.log("handled")))',
    )
    expect(stdout).to.equal('handled\n')
    expect(exitCode).to.equal(0)
  })

  it('an exception in a timer ends the program', async () => {
    const { stderr, exitCode } = await runSource(
      'setTimeout(() => { throw new Error("timed") }, 1); setInterval(() => {}, 5)',
    )
    expect(stderr).to.match(/^Uncaught Error: timed\n/)
    expect(exitCode).to.equal(1)
  })

  it('a top-level await that nothing can settle is status 13', async () => {
    const { stderr, exitCode } = await runSource('await new Promise(() => {})')
    expect(stderr).to.contain('unsettled top-level await')
    expect(exitCode).to.equal(13)
  })

  it('runaway recursion is a RangeError, also on a small stack', async () => {
    const source = `
      const deep = (n: number): number => deep(n + 1) + 1
      try { deep(0) } catch (error) { console.log((error as Error).name) }
      const list: unknown[] = []; let at = list; for (let i = 0; i < 1e5; i++) { const next: unknown[] = []; at.push(next); at = next }
      try { JSON.stringify(list) } catch (error) { console.log((error as Error).name) }
      try { String(list) } catch (error) { console.log((error as Error).name) }
    `
    const { path } = await makeApp(source)
    const { tryRun } = await import('../../base/run.js')
    for (const limit of ['unlimited', '8192', '512']) {
      const { stdout, exitCode } = await tryRun('sh', ['-c', `ulimit -s ${limit}; exec ${path}`])
      expect(stdout, limit).to.equal('RangeError\nRangeError\nRangeError\n')
      expect(exitCode).to.equal(0)
    }
  })

  it('memory that cannot be had is an error, not a crash', async () => {
    const source = `
      try { const hog: string[] = []; for (;;) hog.push('x'.repeat(1e6) + hog.length) }
      catch (error) { console.log((error as Error).message) }
    `
    const { path } = await makeApp(source)
    const { tryRun } = await import('../../base/run.js')
    const { stdout, exitCode } = await tryRun('sh', ['-c', `ulimit -v 200000; exec ${path}`])
    expect(stdout).to.equal('out of memory\n')
    expect(exitCode).to.equal(0)
  })

  it('output to a closed pipe does not hang', async () => {
    const { path } = await makeApp('for (let i = 0; i < 1e5; i++) console.log("line", i)')
    const { tryRun } = await import('../../base/run.js')
    const { stdout } = await tryRun('sh', ['-c', `${path} | head -n 1`])
    expect(stdout).to.equal('line 0\n')
  })
})
