import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { start, tryRun } from '../../base/run.js'
import { freePort } from '../../boot/ports.js'
import { firstResponse } from '../../boot/probe.js'
import { scratchFolder } from '../helpers/scratch.js'

const phases = ['firmware', 'kernel: devices', 'kernel: network', 'engine']

describe('boot --trace', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()

  it('tells where the time until the first output went, as text, as JSON and as a drawing', async () => {
    const entry = join(scratch(), 'hello.ts')
    writeFileSync(entry, `console.log('hello')`)
    const html = join(scratch(), 'boot.html')
    const args = ['boot', entry, '-o', join(scratch(), 'dist'), '--trace']
    const text = await tryRun('node', ['bin/run.js', ...args, '--html', html])
    expect(text.stderr).to.match(/app: until its first output +\d/)
    for (const phase of phases) expect(text.stderr).to.contain(phase)
    expect(readFileSync(html, 'utf8')).to.contain('</svg>').and.contain('app: until its first output')
    const json = await tryRun('node', ['bin/run.js', ...args, '--json'])
    const { timeline } = JSON.parse(json.stdout)
    const ends = timeline.map((phase: { end: number }) => phase.end)
    expect(ends).to.deep.equal(ends.toSorted((a: number, b: number) => a - b))
  })

  it('tells it of a server as soon as that has answered', async () => {
    const entry = join(scratch(), 'server.ts')
    writeFileSync(entry, `export default { fetch: () => new Response('hi') }`)
    const port = await freePort()
    const args = [
      'bin/run.js',
      'boot',
      entry,
      '-o',
      join(scratch(), 'dist2'),
      '--trace',
      '-p',
      `${port}:8080`,
    ]
    const running = await start('node', args)
    let told = ''
    const answered = new Promise<void>((resolve) => {
      running.stderr.on('data', (data: Buffer) => {
        told += data.toString()
        if (/first request to first response +\d/.test(told)) resolve()
      })
    })
    await firstResponse(`http://127.0.0.1:${port}/`, performance.now(), AbortSignal.timeout(30_000))
    await Promise.race([answered, running.ended])
    running.kill('SIGTERM')
    await running.ended
    expect(told).to.match(/app: until it listens +\d/)
    expect(told.match(/first request to first response/g)).to.have.length(1)
  })

  it('tells firmware and loader apart where the image starts from a disk, and hands it environment and arguments', async () => {
    const entry = join(scratch(), 'words.ts')
    writeFileSync(entry, `console.log(process.env.WORD, process.argv.slice(2).join())`)
    const args = ['boot', entry, '-t', 'raw', '-o', join(scratch(), 'dist3'), '--trace', '--env', 'WORD=a,b']
    const { stdout, stderr } = await tryRun('node', ['bin/run.js', ...args, '--', 'x', 'y z'])
    expect(stdout).to.contain('a,b x,y z')
    expect(stderr).to.match(/^firmware +\d.*\nloader +\d.*\nkernel: /m)
  })

  it('refuses --html alone', async () => {
    const result = await tryRun('node', ['bin/run.js', 'boot', 'x.ts', '--html', 'y.html'])
    expect(result.exitCode).to.equal(2)
    expect(result.stderr).to.contain('--trace')
  })
})
