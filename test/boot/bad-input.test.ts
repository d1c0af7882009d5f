import { copyFileSync, existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { type RunResult, tryRun } from '../../base/run.js'
import { scratchFolder } from '../helpers/scratch.js'

// Each mistake ends in one clear sentence, the right exit status, and nothing half-written.
describe('bad input', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()

  function app(source: string, name = 'app.ts'): string {
    const folder = join(scratch(), String(readdirSync(scratch()).length))
    mkdirSync(folder)
    writeFileSync(join(folder, name), source)
    return folder
  }

  function unik(
    folder: string,
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<RunResult> {
    return tryRun(process.execPath, [join(packageRoot, 'bin/run.js'), ...args], {
      cwd: folder,
      env: { NO_COLOR: '1', ...env },
    })
  }

  async function refused(
    folder: string,
    args: readonly string[],
    status: number,
    ...expected: readonly RegExp[]
  ): Promise<void> {
    const result = await unik(folder, args)
    expect(result.exitCode, result.stderr).to.equal(status)
    for (const pattern of expected) expect(result.stderr).to.match(pattern)
    expect(result.stderr).not.to.match(/^\s+at .*\.js:\d+/m) // no stack of ours
    expect(existsSync(join(folder, 'dist')), 'something was left behind').to.equal(false)
  }

  it('entry missing', () => refused(app(''), ['build', 'absent.ts'], 1, /no such entry: absent\.ts/))
  it('no entry at all', () => refused(app(''), ['build'], 1, /src\/index\.ts .*does not exist/))
  it('syntax error', () => refused(app('let x = ;\n'), ['build', 'app.ts'], 1, /app\.ts:1:9/, /let x = ;/))
  it('import that does not resolve', () =>
    refused(app("import './absent.js'\n"), ['build', 'app.ts'], 1, /app\.ts:1:\d+/, /absent\.js/))
  it('builtin that the engine lacks', () =>
    refused(
      app("import { spawn } from 'node:child_process'\nspawn('ls')\n"),
      ['build', 'app.ts'],
      1,
      /node:child_process/,
      /app\.ts:1/,
    ))
  it('global that the engine lacks', () =>
    refused(app('document.title = "x"\n'), ['build', 'app.ts'], 1, /document/, /app\.ts:1/))
  it('unknown target', () =>
    refused(
      app(''),
      ['build', 'app.ts', '-t', 'qmeu'],
      2,
      /no such target: qmeu, did you mean qemu\?/,
      /linux.*oci.*qemu/,
    ))
  it('unknown flag', () => refused(app(''), ['build', 'app.ts', '--frob'], 2, /--frob/))
  it('unknown command: suggests the nearest', () =>
    refused(app(''), ['bild'], 2, /no such command: bild, did you mean build\?/))
  it('a second entry that is not there', () =>
    refused(app(''), ['boot', 'app.ts', 'more'], 1, /no such entry: more/))
  it('PORT that is no port', () =>
    refused(
      app('export default { fetch: () => new Response() }\n'),
      ['build', 'app.ts', '--env', 'PORT=x'],
      2,
      /PORT=x: expected a port/,
    ))
  it('memory of the configuration below what the image needs', async () => {
    const folder = app('console.log(1)\n')
    writeFileSync(join(folder, 'unik.config.ts'), "export default { entry: 'app.ts', memory: 1 }\n")
    await refused(folder, ['build'], 1, /memory: 1 MiB are too little: .* at least \d+/)
  })
  it('configuration that throws', async () => {
    const folder = app('console.log(1)\n')
    writeFileSync(join(folder, 'unik.config.ts'), "throw new Error('no')\n")
    await refused(folder, ['build'], 1, /unik\.config\.ts fails: no/)
  })
  it('an output folder that cannot be made', () =>
    refused(app('console.log(1)\n'), ['build', 'app.ts', '-o', 'app.ts/x'], 1, /cannot write into .*app\.ts/))
  it('--trace without a kernel of ours', async () => {
    const folder = app('console.log(1)\n')
    const result = await unik(folder, ['boot', 'app.ts', '-t', 'linux', '--trace'])
    expect(result.exitCode).to.equal(2)
    expect(result.stderr).to.match(/target linux boots no kernel/)
  })
  it('wrong --env', () =>
    refused(app(''), ['build', 'app.ts', '--env', 'PORT'], 2, /--env PORT: expected NAME=VALUE/))
  it('--env of a name that no shell takes', () =>
    refused(app(''), ['build', 'app.ts', '--env', 'A;b=c'], 2, /--env A;b: its name must be of A-Z/))
  it('--env that no kernel command line holds', async () => {
    const folder = app('console.log(1)\n')
    expect((await unik(folder, ['build', 'app.ts', '-t', 'linux', '-o', 'root'])).exitCode).to.equal(0)
    const args = ['build', '--rootfs', 'root', '--init', 'linux/app', '--env', 'A="b"']
    await refused(folder, args, 2, /a kernel command line cannot hold "A=/)
  })
  it('wrong -m', () => refused(app(''), ['boot', 'app.ts', '-m', 'lots'], 2, /-m lots: expected a size/))
  it('wrong -p', () => refused(app(''), ['boot', 'app.ts', '-p', '80'], 2, /-p 80: expected HOST:GUEST/))
  it('rootfs without init', () => refused(app(''), ['boot', '--rootfs', '.'], 2, /--init/))
  it('assets of a rootfs', () =>
    refused(
      app(''),
      ['build', '--rootfs', '.', '--init', '/bin/x', '--assets', '.'],
      2,
      /--assets is for apps/,
    ))
  it('init that is no program', () =>
    refused(app(''), ['boot', '--rootfs', '.', '--init', '/app.ts'], 2, /\/app\.ts is not an ELF program/))
  it('init whose loader is not in the rootfs', async () => {
    const folder = app('')
    copyFileSync('/bin/cat', join(folder, 'cat'))
    await refused(
      folder,
      ['boot', '--rootfs', '.', '--init', '/cat'],
      2,
      /its loader \/lib64\/ld-linux-x86-64\.so\.2 is not in the rootfs/,
    )
  })
  it('init that is not in the rootfs', () =>
    refused(app(''), ['boot', '--rootfs', '.', '--init', '/sbin/x'], 2, /\/sbin\/x is not in the rootfs/))
  it('configuration with a wrong key', async () => {
    const folder = app('console.log(1)\n')
    writeFileSync(join(folder, 'unik.config.ts'), "export default { entry: 'app.ts', taget: 1 }\n")
    await refused(folder, ['build'], 1, /taget: no such option, did you mean target/)
  })

  it('says errors as one JSON document with --json', async () => {
    const result = await unik(app(''), ['build', 'absent.ts', '--json'])
    expect(result.exitCode).to.equal(1)
    expect(JSON.parse(result.stdout)).to.have.nested.property('error.message', 'no such entry: absent.ts')
  })

  it('QEMU absent: names the package', async () => {
    const result = await unik(app('console.log(1)\n'), ['boot', 'app.ts'], { PATH: scratch() })
    expect(result.exitCode).to.equal(1)
    expect(result.stderr)
      .to.match(/qemu-system-x86_64 is not installed/)
      .and.to.match(/apt-get install qemu-system-x86/)
  })

  describe('with an artefact', () => {
    let folder = ''
    before(async () => {
      folder = app('console.log("hi")\n')
      const built = await unik(folder, ['build', 'app.ts', '-t', 'qemu'])
      expect(built.exitCode, built.stderr).to.equal(0)
    })

    it('port in use', async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      const result = await unik(folder, ['boot', 'dist/qemu', '-p', `${port}:8080`])
      server.close()
      expect(result.exitCode).to.equal(1)
      expect(result.stderr).to.match(new RegExp(`port ${port} of 127\\.0\\.0\\.1 is in use`))
    })

    it('too little memory: says how much, before booting', async () => {
      const result = await unik(folder, ['boot', 'dist/qemu', '-m', '2M'])
      expect(result.exitCode).to.equal(2)
      expect(result.stderr).to.match(/2 MiB are too little: app needs at least \d+ MiB/)
    })

    it('truncated artefact', async () => {
      truncateSync(join(folder, 'dist/qemu/app.elf'), 100_000)
      const result = await unik(folder, ['boot', 'dist/qemu/app.elf'])
      expect(result.exitCode).to.equal(1)
      expect(result.stderr).to.match(/app\.elf is truncated: 100000 of \d+ bytes/)
    })

    it('a file that is not ours', async () => {
      const other = app('')
      copyFileSync('/bin/true', join(other, 'true'))
      const result = await unik(other, ['boot', 'true'])
      expect(result.exitCode).to.equal(1)
      expect(result.stderr).to.match(/true is not an artefact of unik/)
    })
  })
})
