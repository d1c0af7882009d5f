import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { packageRoot } from '../../../base/package-root.js'

// A process that holds a temporary folder and a child, and ends in the way that `last` says.
function program(last: string): string {
  const url = (file: string) => pathToFileURL(join(packageRoot, 'lib/base', file)).href
  return `
    import { start } from '${url('run.js')}'
    import { temporaryFolder } from '${url('temporary-folder.js')}'
    const { path } = temporaryFolder('unik-test-exit-')
    const child = await start(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    console.log(JSON.stringify({ path, pid: child.pid }))
    ${last}`
}

async function endOf(last: string): Promise<{ path: string; pid: number; how: string | number | null }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(last)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let text = ''
  child.stdout.on('data', (data) => {
    text += data
  })
  const how = await new Promise<string | number | null>((resolve) =>
    child.on('close', (code, signal) => resolve(signal ?? code)),
  )
  return { ...JSON.parse(text), how }
}

async function dies(pid: number): Promise<boolean> {
  for (let i = 0; i < 500; i++) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}

describe('at exit', function () {
  this.timeout(20_000)
  const endings: [string, string, string | number][] = [
    ['an exit', 'process.exit(3)', 3],
    ['an uncaught error', "throw new Error('x')", 1],
    ...['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal): [string, string, string] => [
      signal,
      `setTimeout(() => process.kill(process.pid, '${signal}'), 10)`,
      signal,
    ]),
  ]
  for (const [name, last, expected] of endings)
    it(`${name}: children die and temporary folders go`, async () => {
      const { path, pid, how } = await endOf(last)
      expect(how).to.equal(expected)
      expect(await dies(pid), 'the child lives').to.equal(true)
      expect(existsSync(path), 'the folder is there').to.equal(false)
    })
})
