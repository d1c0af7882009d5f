import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { tryRun } from '../../base/run.js'
import { scratchFolder } from '../helpers/scratch.js'

// What an editor says of a unik.config.ts.
describe('types of unik.config.ts', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()

  /** What the compiler finds wrong with each file, by line. */
  async function mistakes(config: string): Promise<string[]> {
    mkdirSync(join(scratch(), 'node_modules/unik'), { recursive: true })
    const exported = `export * from '${join(packageRoot, 'lib/cli/pipeline.js')}'\n`
    writeFileSync(join(scratch(), 'node_modules/unik/index.d.ts'), exported)
    writeFileSync(join(scratch(), 'node_modules/unik/package.json'), '{"type":"module","types":"index.d.ts"}')
    const file = `import { defineConfig } from 'unik'\nexport default defineConfig({\n${config}\n})\n`
    writeFileSync(join(scratch(), 'unik.config.ts'), file)
    const tsc = join(packageRoot, 'node_modules/typescript/bin/tsc')
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', '']
    const { stdout } = await tryRun(process.execPath, [tsc, ...options, 'unik.config.ts'], { cwd: scratch() })
    return stdout.split('\n').filter((line) => line.startsWith('unik.config.ts'))
  }

  it('take every key', async () => {
    const all = `
name: 'shop', version: '1.2.3', description: 'A shop', licence: 'MIT', maintainer: 'Ann <ann@example.com>',
entry: 'app.ts', targets: ['linux', 'ami'], env: { A: 'a' }, ports: [3000], memory: 64, assets: 'public',
options: { ami: { bootMode: 'uefi', tags: { team: 'sales' } }, iso: { volumeLabel: 'SHOP' } },`
    expect(await mistakes(all)).to.deep.equal([])
  })

  it('refuse what does not exist, and point at it', async () => {
    const lines = await mistakes(`memry: 64,`)
    expect(lines).to.have.length(1)
    expect(lines[0]).to.match(/^unik\.config\.ts\(3,1\).*'memry' does not exist/)
    const options = await mistakes(`targets: ['quemu'],\noptions: { ami: {\nbootMod: 'uefi' } },`)
    expect(options.map((line) => line.replace(/,.*/, ''))).to.deep.equal([
      'unik.config.ts(3',
      'unik.config.ts(5',
    ])
    const [value] = await mistakes(`options: { ami: { bootMode: 'efi' } },`)
    for (const known of ['uefi', 'uefi-preferred', 'legacy-bios']) expect(value).to.include(`"${known}"`)
  })
})
