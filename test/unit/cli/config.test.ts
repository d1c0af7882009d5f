import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../../base/package-root.js'
import { tryRun } from '../../../base/run.js'
import { configProblems, optionProblems } from '../../../cli/config/check.js'
import { loadConfig, plainName } from '../../../cli/config/load.js'
import { optionValues } from '../../../cli/config/option-values.js'
import { readConfigFlags } from '../../../cli/config-flags.js'
import { allTargets } from '../../../cli/targets.js'
import ami from '../../../targets/ami.js'

describe('configuration', function () {
  this.timeout(10_000)
  const wrong: readonly [config: Record<string, unknown>, problem: string][] = [
    [{ taget: [] }, 'taget: no such option, did you mean targets?'],
    [{ xyzzy: 1 }, 'xyzzy: no such option'],
    ...['My App', 'a-', '-a', 'a'.repeat(64)].map((name): [Record<string, unknown>, string] => [
      { name },
      'name: must be of 1 to 63 of a-z, 0-9 and -, with no - at an end',
    ]),
    [{ version: '1' }, 'version: must be a version such as 1.2.3'],
    [{ description: 'a\nb' }, 'description: must be one line of text'],
    [{ description: 'a\u001b[31m' }, 'description: must be one line of text'],
    [{ maintainer: 'Ann' }, 'maintainer: must be of the form Name <address>'],
    [{ targets: 'qemu' }, 'targets: must be a list of names of targets'],
    [{ targets: ['linux', 'quemu'] }, 'targets[1]: no such target: quemu, did you mean qemu?'],
    [{ env: { A: 'a', B: 1 } }, 'env.B: must be a string'],
    [{ env: { A: 'a\0B=b' } }, 'env.A: must be a string without NUL'],
    [{ options: { ami: { tags: { a: 'b\nc' } } } }, 'options.ami.tags.a: must be one line of text'],
    [
      { options: { gce: { labels: { "it's": 'a' } } } },
      "options.gce.labels.it's: its name must be of 1 to 63 of a-z, 0-9, _ and -, with a letter first",
    ],
    [
      { options: { gce: { labels: { a: '$(b)' } } } },
      'options.gce.labels.a: must be of at most 63 of a-z, 0-9, _ and -',
    ],
    [{ env: { 'A;b': '' } }, 'env.A;b: its name must be of A-Z, a-z, 0-9 and _, with no digit first'],
    [
      { options: { ami: { tags: { '': 'a' } } } },
      'options.ami.tags.: its name must be one line of text without =',
    ],
    [{ ports: [80, 65536] }, 'ports[1]: must be a port number, 1 to 65535'],
    [{ apps: {} }, 'apps: must be a list of apps'],
    [{ apps: ['a.ts'] }, "apps[0]: must hold the app's entry"],
    [{ apps: [{ name: 'a' }] }, 'apps[0].entry: must be given'],
    [
      { apps: [{ entry: 'a.ts' }, { entry: 'b.ts', hots: 'b' }] },
      'apps[1].hots: no such option, did you mean host?',
    ],
    [
      { apps: [{ entry: 'a.ts', host: 'a:80' }] },
      'apps[0].host: must be a host name without port, *.NAME or NAME.*',
    ],
    [
      { apps: [{ entry: 'a.ts', host: ['a', '*.b.*'] }] },
      'apps[0].host[1]: must be a host name without port, *.NAME or NAME.*',
    ],
    ...['a', '/a/', '//a', '/a/../b', '/a?b', ''].map((path): [Record<string, unknown>, string] => [
      { apps: [{ entry: 'a.ts', path }] },
      'apps[0].path: must be /, or a path such as /shop without a slash at the end',
    ]),
    [{ memory: '64' }, 'memory: must be a whole number from 1 to 1048576'],
    [{ options: { amy: {} } }, 'options.amy: no such target, did you mean ami?'],
    [{ options: { ami: [] } }, 'options.ami: must hold options by name'],
    [
      { options: { ami: { bootMod: 'uefi' } } },
      'options.ami.bootMod: no such option, did you mean bootMode?',
    ],
    [{ options: { linux: { x: 1 } } }, 'options.linux.x: this target has no options'],
    [
      { options: { ami: { bootMode: 'efi' } } },
      'options.ami.bootMode: must be uefi-preferred, uefi or legacy-bios, did you mean uefi?',
    ],
    [{ options: { ami: { tags: { team: 1 } } } }, 'options.ami.tags.team: must be a string'],
    [{ options: { toString: {} } }, 'options.toString: no such target'],
    [{ options: { ami: { constructor: 1 } } }, 'options.ami.constructor: no such option'],
  ]
  for (const [config, problem] of wrong)
    it(`tells ${JSON.stringify(config)} by its path`, async () =>
      expect(await configProblems(config)).to.deep.equal([problem]))

  it('has nothing against what is right', async () => {
    const apps = [
      { entry: 'a.ts', host: 'A.example', path: '/' },
      { entry: 'b', name: 'b', host: ['*.b', 'b.*'], path: '/b/c' },
    ]
    const config = {
      ...{
        apps,
        env: { _a1: 'two\nlines' },
        name: 'shop',
        version: '1.2.3-rc.1+7',
        targets: ['all'],
        ports: [80, 443],
        memory: 64,
      },
      ...{ options: { ami: { bootMode: 'uefi', tags: { team: 'sales' } }, linux: {} } },
    }
    expect(await configProblems(config)).to.deep.equal([])
  })

  it('makes a name of any text', () => {
    expect(plainName('@shop/My_App!')).to.equal('my-app')
    expect(plainName('-')).to.equal('app')
    expect(plainName(`${'a'.repeat(62)}-b`)).to.equal('a'.repeat(62))
  })

  it('gives a target what was said, and defaults', () => {
    const given = { ami: { bootMode: 'uefi' } } as const
    expect(optionValues(ami, given)).to.deep.equal({ bootMode: 'uefi', imageName: undefined, tags: {} })
    expect(optionValues(ami, {}).bootMode).to.equal('uefi-preferred')
  })

  it('of every target: each default is one that the option takes', async () => {
    for (const { name, options = {} } of await allTargets())
      for (const [key, option] of Object.entries(options)) {
        expect(`${name}.${key}`).to.match(/^[a-z-]+\.[a-z][A-Za-z]*$/)
        expect(option.summary).to.match(/^\S.*[^.]$/)
        if ('default' in option) expect(optionProblems(option, option.default, key)).to.deep.equal([])
      }
  })

  describe('flags', () => {
    const cwd = '/work'
    it('say what the file says', async () => {
      const option = ['ami.bootMode=uefi', 'ami.tags=a=b=c', 'ami.tags=d=e', 'iso.volumeLabel=SHOP']
      expect(
        await readConfigFlags({ name: 'x', memory: '1G', assets: 'a', port: [80, 81], option }, cwd),
      ).to.deep.equal({
        ...{ name: 'x', memory: 1024, assets: join(cwd, 'a'), ports: [80, 81] },
        options: { ami: { bootMode: 'uefi', tags: { a: 'b=c', d: 'e' } }, iso: { volumeLabel: 'SHOP' } },
      })
    })
    for (const [flags, message] of [
      [{ option: ['ami.bootMod=uefi'] }, '--option ami.bootMod: no such option, did you mean bootMode?'],
      [{ option: ['amy.bootMode=uefi'] }, '--option amy: no such target, did you mean ami?'],
      [{ option: ['ami.bootMode'] }, '--option ami.bootMode: expected TARGET.NAME=VALUE'],
      [{ option: ['iso.volumeLabel=a b'] }, '--option iso.volumeLabel: must be of 1 to 32 of A-Z, 0-9 and _'],
      [{ port: [0] }, '--port: must be a port number'],
      [{ version: '1' }, '--version: must be a version such as 1.2.3'],
      [{ memory: 'much' }, '--memory much: expected a size'],
    ] as const)
      it(`tells ${JSON.stringify(flags)}, as wrong usage`, async () => {
        const error = await readConfigFlags(flags, cwd).catch((thrown: unknown) => thrown)
        expect(error).to.include({ status: 2 })
        expect(String(error)).to.include(message)
      })

    it('go before the file, key by key', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'unik-test-'))
      try {
        writeFileSync(join(folder, 'app.ts'), '')
        writeFileSync(
          join(folder, 'unik.config.ts'),
          `export default { entry: 'app.ts', name: 'file', env: { A: '1' }, memory: 64, options: { ami: { bootMode: 'uefi', tags: { a: 'b' } } } }`,
        )
        const flags = await readConfigFlags({ name: 'flag', option: ['ami.bootMode=legacy-bios'] }, folder)
        const config = await loadConfig(undefined, folder, flags)
        expect(config).to.deep.include({ name: 'flag', memory: 64, env: { A: '1' } })
        expect(config.options).to.deep.equal({ ami: { bootMode: 'legacy-bios', tags: { a: 'b' } } })
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })

    it('that do not exist are told with the nearest one', async () => {
      const cli = join(packageRoot, 'bin/run.js')
      const { exitCode, stderr } = await tryRun(process.execPath, [cli, 'build', '--memry=3'])
      expect(exitCode).to.equal(2)
      expect(stderr).to.include('no such flag: --memry=3, did you mean --memory?')
    })
  })
})
