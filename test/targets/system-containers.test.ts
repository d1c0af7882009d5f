import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../base/run.js'
import { build } from '../../cli/pipeline.js'
import { gunzip } from '../../targets/formats/gzip.js'
import { readTar } from '../../targets/formats/tar.js'
import { startGuest } from '../helpers/boot.js'
import { answersWithin, ask } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needRoot, needTool } from '../helpers/tool.js'

describe('system containers', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const artefact = (path: string) => join(scratch(), 'dist', path)
  before(async () => {
    writeFileSync(join(scratch(), 'app.ts'), 'export default { fetch: () => new Response("hello") }\n')
    const targets = ['linux', 'lxc', 'wsl', 'zone']
    const env = { PORT: '8080' }
    await build({ entries: ['app.ts'], targets, env, output: 'dist', cwd: scratch() })
  })
  const name = 'app'
  const elf = () => readFileSync(artefact(`linux/${name}`))
  /** `mode path` of each entry, as GNU tar sees them. */
  const listed = async (file: string) => {
    const { stdout } = await run('tar', ['-tvf', artefact(file), '--numeric-owner'])
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^(\S+) +(\S+) +\d+ \S+ \S+ /, '$1 $2 '))
  }
  /** Value of `key` below `[section]`. */
  const setting = (text: string, section: string, key: string) =>
    new RegExp(`^${key}=(.*)$`, 'm').exec(
      text.split(/^\[/m).find((part) => part.startsWith(`${section}]`)) ?? '',
    )?.[1]

  for (const [target, user] of Object.entries({ lxc: 65532, wsl: 1000, zone: 0 }))
    it(`${target}: runs as the user that its platform takes`, async function () {
      needRoot(this)
      if (target === 'lxc') needTool(this, 'lxc-start', 'lxc')
      const session = await startGuest({ subject: artefact(target), timeout: 20 })
      const url = `http://127.0.0.1:${session.ports[0]?.host}/`
      const text = (await answersWithin(url, 20_000)) ? await ask(url) : undefined
      const users = readdirSync('/proc').map((pid) => userOf(pid, elf()))
      await session.guest.shutdown()
      const report = await session.ended
      expect(text, report.lines.map((line) => line.text).join('\n')).to.equal('hello')
      expect(users).to.include(user)
      expect(report).to.include({ verdict: 'exited', status: 0 })
    })

  describe('lxc', () => {
    it('xz takes the archives, tar finds the program and the folders to mount on', async () => {
      await run('xz', ['-t', artefact('lxc/rootfs.tar.xz'), artefact('lxc/meta.tar.xz')])
      const entries = await listed('lxc/rootfs.tar.xz')
      for (const entry of [
        '-rwxr-xr-x 0/0 init',
        'drwxrwxrwt 0/0 tmp/',
        'drwxr-xr-x 0/0 proc/',
        'drwxr-xr-x 0/0 dev/',
      ])
        expect(entries).to.include(entry)
      expect(entries).to.include('lrwxrwxrwx 0/0 sbin/init -> ../init')
    })

    it('the archive for Incus has its metadata first, and the same root', async () => {
      const entries = await listed('lxc/incus.tar.gz')
      expect(entries[0]).to.equal('-rw-r--r-- 0/0 metadata.yaml')
      const roots = entries.flatMap((entry) => / rootfs\/(.+)$/.exec(entry)?.[1] ?? [])
      const other = (await listed('lxc/rootfs.tar.xz')).map((entry) => entry.split(' ').slice(2).join(' '))
      expect(roots).to.deep.equal(other)
      const files = readTar(gunzip(readFileSync(artefact('lxc/incus.tar.gz'))))
      expect(
        elf().equals(files.find(({ path }) => path === 'rootfs/init')?.data ?? Buffer.alloc(0)),
      ).to.equal(true)
      const metadata = new TextDecoder().decode(files[0]?.data)
      expect(metadata)
        .to.match(/^architecture: "x86_64"$/m)
        .and.to.match(/^creation_date: \d+$/m)
    })
  })

  // The rules of Microsoft's public checker of distributions, but for one: there is no shell beside the app.
  describe('wsl', () => {
    const files = () => readTar(gunzip(readFileSync(artefact(`wsl/${name}.wsl`))))
    const textOf = (path: string) =>
      new TextDecoder().decode(files().find((entry) => entry.path === path)?.data)

    it('has the files that a distribution must have, with their modes', async () => {
      const entries = await listed(`wsl/${name}.wsl`)
      for (const path of ['etc/wsl-distribution.conf', 'etc/wsl.conf', 'etc/passwd'])
        expect(entries).to.include(`-rw-r--r-- 0/0 ${path}`)
      expect(entries).to.include('-rw-r----- 0/0 etc/shadow')
      expect(entries).to.include(`-rwxr-xr-x 0/0 usr/bin/${name}`)
      for (const wrong of [/etc\/resolv\.conf/, /boot\//, / init$/, /\.\.?\//])
        expect(entries.filter((entry) => wrong.test(entry))).to.deep.equal([])
    })

    it('names itself, and the app as the shell of a user without a password', () => {
      const distribution = textOf('etc/wsl-distribution.conf')
      const uid = setting(distribution, 'oobe', 'defaultUid')
      expect(setting(distribution, 'oobe', 'defaultName')).to.equal(name)
      const accounts = textOf('etc/passwd')
        .trim()
        .split('\n')
        .map((line) => line.split(':'))
      expect(accounts[0]?.slice(0, 4)).to.deep.equal(['root', 'x', '0', '0'])
      const user = accounts.find((account) => account[2] === uid)
      expect(user?.[0]).to.equal(setting(textOf('etc/wsl.conf'), 'user', 'default'))
      expect(user?.[6]).to.equal(`/usr/bin/${name}`)
      for (const line of textOf('etc/shadow').trim().split('\n')) expect(line.split(':')[1]).to.equal('*')
      expect(
        elf().equals(files().find(({ path }) => path === `usr/bin/${name}`)?.data ?? Buffer.alloc(0)),
      ).to.equal(true)
    })
  })

  describe('zone', () => {
    it('tar finds what the brand starts', async () => {
      const entries = await listed(`zone/${name}.tar.gz`)
      expect(entries).to.include('-rwxr-xr-x 0/0 init').and.to.include('lrwxrwxrwx 0/0 sbin/init -> ../init')
    })

    it('the configuration closes every resource that it opens', () => {
      const lines = readFileSync(artefact(`zone/${name}.zonecfg`), 'utf8')
        .trim()
        .split('\n')
      let open = ''
      for (const line of lines) {
        const [command, what = ''] = line.split(' ')
        if (command === 'add' && what !== 'property') {
          expect(open, line).to.equal('')
          open = what
        } else if (command === 'end') {
          expect(open, line).not.to.equal('')
          open = ''
        } else expect(line).to.match(/^(create -b|set [\w-]+=\S+|add property \(.*\)|verify|commit)$/)
      }
      expect(open).to.equal('')
      expect(lines.slice(-2)).to.deep.equal(['verify', 'commit'])
    })

    it('the script makes a SmartOS image whose manifest tells its stream', async () => {
      const fake = join(scratch(), 'fake')
      mkdirSync(join(fake, 'bin'), { recursive: true })
      mkdirSync(join(fake, 'dataset'))
      const program = (file: string, text: string) =>
        writeFileSync(
          join(fake, 'bin', file),
          `#!/bin/sh\necho "$0 $*" | sed 's:.*/bin/::' >> ${fake}/calls\n${text}\n`,
          { mode: 0o755 },
        )
      program('zfs', `case "$1" in get) echo ${fake}/dataset ;; send) tar -c -C ${fake}/dataset . ;; esac`)
      program('imgadm', `cp "$3" ${fake}/manifest && cp "$5" ${fake}/stream`)
      const env = { PATH: `${fake}/bin:${process.env.PATH}` }
      const copy = join(scratch(), 'zone')
      await run('cp', ['-r', artefact('zone'), copy])
      await run(join(copy, 'smartos-image.sh'), [], { env })
      const manifest = JSON.parse(readFileSync(join(fake, 'manifest'), 'utf8'))
      const stream = readFileSync(join(fake, 'stream'))
      const { stdout } = await run('sha1sum', [join(fake, 'stream')])
      expect(manifest.files).to.deep.equal([
        { sha1: stdout.slice(0, 40), size: stream.length, compression: 'gzip' },
      ])
      expect(manifest).to.include({ v: 2, type: 'lx-dataset', os: 'linux' })
      expect(JSON.parse(readFileSync(artefact('zone/smartos-vm.json'), 'utf8')).image_uuid).to.equal(
        manifest.uuid,
      )
      expect(readFileSync(join(fake, 'dataset/root/init')).equals(elf())).to.equal(true)
      expect(readFileSync(join(fake, 'calls'), 'utf8')).to.match(
        /^zfs create [\s\S]*\nimgadm install [\s\S]*\nzfs destroy -r /,
      )
    })
  })
})

/** The user that a process of this program runs as. */
function userOf(pid: string, program: Buffer): number | undefined {
  try {
    if (statSync(`/proc/${pid}/exe`).size !== program.length) return undefined
    return Number(/^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined // no process, or no longer
  }
}
