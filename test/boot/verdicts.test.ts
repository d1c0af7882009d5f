import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { scratchFolder } from '../helpers/scratch.js'
import { testApp } from '../helpers/test-command.js'

// Every verdict, from an app or a machine that really ends so.
describe('verdicts of unik test', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const example = (name: string) => join(packageRoot, 'examples', name)
  const on = (targets: string, ...flags: string[]) => ['-t', targets, '-o', join(scratch(), 'dist'), ...flags]

  it('failed: another answer than the tests expect, with their file and line', async () => {
    const { status, rows } = await testApp([example('broken/failed'), ...on('linux,qemu')])
    expect(status).to.equal(1)
    for (const row of rows) {
      expect(row.status).to.equal('failed')
      expect(row.why).to.match(/^says hello: AssertionError: expected 'goodbye\\n' to equal 'hello\\n'/)
      expect(row.runs[0]?.tests[0]?.failure).to.match(/\n\s+at .*unik\.test\.ts:6:\d+/)
    }
  })

  it('hung: a server that never answers', async () => {
    const { status, rows } = await testApp([example('broken/hung'), ...on('linux,qemu', '--timeout', '10')])
    expect(status).to.equal(1)
    for (const row of rows) {
      expect(row).to.include({ status: 'hung', why: 'it did not answer in 10 s' })
      expect(row.runs[0]?.console.map(({ text }) => text)).to.deep.equal(['waiting for the database'])
    }
  })

  it('hung: a server that answers no more, seen when a wait runs out', async () => {
    const server =
      'export default { fetch: ({ url }) => { while (url.endsWith("/stop")); return new Response() } }\n'
    writeFileSync(join(scratch(), 'stops.ts'), server)
    writeFileSync(
      join(scratch(), 'suite.ts'),
      `import { app } from 'unik/test'\nit('asks', async () => {\n  await app.fetch('/stop')\n})\n`,
    )
    const flags = on('linux', '--timeout', '3', '--suite', join(scratch(), 'suite.ts'))
    const { rows } = await testApp([join(scratch(), 'stops.ts'), ...flags])
    expect(rows[0]).to.include({ status: 'hung' })
    expect(rows[0]?.why).to.match(/no sign of life/)
    expect(rows[0]?.runs[0]?.tests[0]?.failure).to.match(
      /^WaitError: no answer for \/stop in 3 s\n.*suite\.ts:3/,
    )
  })

  it('failed, not hung: a wait that ran out while the app goes on', async () => {
    const suite = `import { app } from 'unik/test'\nit('waits', () => app.waitFor(/never/, { timeout: 300 }))\n`
    writeFileSync(join(scratch(), 'suite.ts'), suite)
    const { rows } = await testApp([example('http'), ...on('linux', '--suite', join(scratch(), 'suite.ts'))])
    expect(rows[0]).to.include({ status: 'failed' })
  })

  it('failed: a signal that should not end it did, and no test looked at that', async () => {
    writeFileSync(
      join(scratch(), 'reloads.ts'),
      `process.on('SIGUSR2', () => {
  console.log('reloading')
  process.exit(3)
})
export default { fetch: () => new Response() }
`,
    )
    const suite = `import { app } from 'unik/test'
it('reloads', async () => {
  await app.signal('SIGUSR2')
  await app.waitFor(/reloading/)
})
`
    writeFileSync(join(scratch(), 'suite.ts'), suite)
    const flags = on('linux', '--suite', join(scratch(), 'suite.ts'))
    const { rows } = await testApp([join(scratch(), 'reloads.ts'), ...flags])
    const why = 'it ended by itself with status 3, and no test looked at that'
    expect(rows[0]).to.include({ status: 'failed', why })
  })

  it('panicked: with the functions that led to it', async () => {
    const word = 'virtio_mmio.device=4K@0x20000000000:5'
    const { status, rows } = await testApp([example('http'), ...on('qemu', '--kernel', word)])
    expect(status).to.equal(1)
    expect(rows[0]).to.include({ status: 'panicked', why: 'the kernel panicked' })
    const [run] = rows[0]?.runs ?? []
    expect(run?.explanation).to.match(/^ {2}mmio_map\+0x/m)
    expect(run?.console.map(({ text }) => text).join('\n')).to.match(/panic: cannot map the device registers/)
    expect(run?.repeat).to.equal(`unik test ${example('http')} -t qemu --kernel ${word}`)
    expect(run?.commandLine).to.match(/qemu-system-x86_64 .* -append 'trace=boot virtio_mmio/)
  })

  it('did not start: it ended before it answered, with the stack in its TypeScript', async () => {
    const { status, rows } = await testApp([example('broken/did-not-start'), ...on('linux,qemu')])
    expect(status).to.equal(1)
    for (const row of rows) {
      expect(row).to.include({ status: 'did not start', why: 'it ended with status 1 before it answered' })
      const text = row.runs[0]?.console.map((line) => line.text).join('\n')
      expect(text)
        .to.match(/Error: DATABASE_URL is not set/)
        .and.to.match(/src\/index\.ts:6:\d+/)
    }
  })

  it('did not start: an artefact that was damaged after it was built', async () => {
    const dist = join(scratch(), 'damaged')
    await testApp([example('hello'), '-t', 'linux,qemu', '-o', dist])
    const file = join(dist, 'qemu/hello.elf')
    const image = readFileSync(file)
    image.writeUInt8(image.readUInt8(50_000) ^ 1, 50_000)
    writeFileSync(file, image)
    const { status, rows } = await testApp([dist])
    expect(status).to.equal(1)
    expect(rows.map((row) => row.status)).to.deep.equal(['did not start', 'passed']) // VM image, then static linking
    expect(rows[0]?.why).to.match(/hello\.elf is not what unik built/)
  })

  it('did not start: a program whose loader is missing', async () => {
    const dist = join(scratch(), 'loaderless')
    await testApp([example('hello'), '-t', 'linux', '-o', dist])
    const root = join(dist, 'linux')
    writeFileSync(join(root, 'script'), '#!/no/such/interpreter\n', { mode: 0o755 })
    const { rows } = await testApp([
      '--rootfs',
      root,
      '--init',
      '/hello',
      '--kernel',
      'init=/script',
      ...on('qemu'),
    ])
    expect(rows[0]).to.include({ status: 'did not start' })
    expect(rows[0]?.why).to.match(/could not be run \(status 12\d\)/)
  })

  it('skipped: names the package, never counts as passed, and fails with --strict', async () => {
    const flags = [example('http'), ...on('linux,oci')]
    const { status, rows } = await testApp(flags, { PATH: '' })
    expect(rows.map((row) => row.status)).to.deep.equal(['skipped', 'passed'])
    expect(rows[0]?.why).to.match(/needs the package umoci: /)
    expect(status).to.equal(0)
    expect((await testApp([...flags, '--strict'], { PATH: '' })).status).to.equal(1)
  })
})
