import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run, tryRun } from '../../base/run.js'
import { build } from '../../cli/pipeline.js'
import { readApk } from '../../targets/formats/apk.js'
import { readDeb } from '../../targets/formats/deb.js'
import { readRpm } from '../../targets/formats/rpm.js'
import { startGuest } from '../helpers/boot.js'
import { answersWithin, ask } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needReader, needRoot, needTool } from '../helpers/tool.js'

const environment = { PORT: '8080', GREETING: 'say "hi" for $5 \\ `now`' }

describe('OS packages', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const artefact = (target: string, ending: string) => {
    const folder = join(scratch(), 'dist', target)
    return join(folder, readdirSync(folder).find((name) => name.endsWith(ending)) ?? `no *${ending}`)
  }
  const elf = () => readFileSync(artefact('linux', 'shop'))
  before(async () => {
    writeFileSync(
      join(scratch(), 'app.ts'),
      'export default { fetch: () => new Response("hello " + process.env.GREETING) }\n',
    )
    writeFileSync(
      join(scratch(), 'package.json'),
      JSON.stringify({
        ...{ name: 'shop', version: '1.2.3-rc.1', description: 'A server that sells.', license: 'MIT' },
        ...{ author: 'Ann Example <ann@example.com>', homepage: 'https://example.com/shop' },
      }),
    )
    const key = join(scratch(), 'ann.rsa')
    await run('openssl', ['genrsa', '-out', key, '2048'])
    await run('openssl', ['rsa', '-in', key, '-pubout', '-out', `${key}.pub`])
    process.env.UNIK_APK_KEY = key
    const targets = ['linux', 'deb', 'rpm', 'apk']
    await build({ entries: ['app.ts'], targets, env: environment, output: 'dist', cwd: scratch() })
  })

  after(() => {
    delete process.env.UNIK_APK_KEY
  })

  /** A folder that dpkg, rpm or systemd take for a root. */
  function emptyRoot(name: string): string {
    const root = join(scratch(), name)
    mkdirSync(join(root, 'var/lib/dpkg/info'), { recursive: true })
    mkdirSync(join(root, 'var/lib/dpkg/updates'))
    writeFileSync(join(root, 'var/lib/dpkg/status'), '')
    return root
  }

  describe('deb', () => {
    it('dpkg-deb finds the program, and what tells of it', async function () {
      const dpkg = needTool(this, 'dpkg-deb', 'dpkg')
      const { stdout: fields } = await run(dpkg, ['--field', artefact('deb', '.deb')])
      for (const field of [
        'Package: shop',
        'Version: 1.2.3~rc.1',
        'Architecture: amd64',
        'Description: server that sells',
      ])
        expect(fields).to.include(`${field}\n`)
      expect(fields).not.to.include('Depends')
      const { stdout: list } = await run(dpkg, ['--contents', artefact('deb', '.deb')])
      expect(list).to.match(/^-rwxr-xr-x root\/root +\d+ 2000-01-01 00:00 \.\/usr\/bin\/shop$/m)
      const { files } = readDeb(readFileSync(artefact('deb', '.deb')))
      expect(
        elf().equals(files.find(({ path }) => path === 'usr/bin/shop')?.data ?? Buffer.alloc(0)),
      ).to.equal(true)
    })

    it('lintian finds no error', async function () {
      const lintian = needTool(this, 'lintian', 'lintian')
      const { stdout } = await tryRun(lintian, ['--allow-root', artefact('deb', '.deb')])
      expect(stdout).not.to.match(/^[EW]:/m)
    })

    it('dpkg installs, upgrades and purges it, and keeps what the administrator wrote', async function () {
      needTool(this, 'deb-systemd-helper', 'init-system-helpers')
      const root = emptyRoot('dpkg')
      const dpkg = (...args: string[]) =>
        run('dpkg', [`--root=${root}`, '--force-not-root', '--force-script-chrootless', ...args])
      const settings = join(root, 'etc/default/shop')
      await dpkg('--install', artefact('deb', '.deb'))
      expect(readFileSync(join(root, 'usr/bin/shop')).equals(elf())).to.equal(true)
      expect(readdirSync(join(root, 'etc/systemd/system/multi-user.target.wants'))).to.deep.equal([
        'shop.service',
      ])
      writeFileSync(settings, 'PORT="80"\n')
      await dpkg('--install', artefact('deb', '.deb'))
      expect(readFileSync(settings, 'utf8')).to.equal('PORT="80"\n')
      mkdirSync(join(root, 'var/lib/private/shop'), { recursive: true })
      await dpkg('--purge', 'shop')
      for (const gone of ['usr/bin/shop', 'etc/default/shop', 'var/lib/private/shop'])
        expect(existsSync(join(root, gone)), gone).to.equal(false)
    })
  })

  describe('rpm', () => {
    it('rpmkeys finds every digest right, and a changed byte', async function () {
      const rpmkeys = needTool(this, 'rpmkeys', 'rpm')
      const { stdout } = await run(rpmkeys, ['-Kv', artefact('rpm', '.rpm')])
      expect(stdout.match(/digest: OK/g)).to.have.length(4)
      const data = readFileSync(artefact('rpm', '.rpm'))
      data[data.length - 9_000] = ~(data.at(-9_000) ?? 0)
      writeFileSync(join(scratch(), 'changed.rpm'), data)
      expect((await tryRun(rpmkeys, ['-K', join(scratch(), 'changed.rpm')])).stdout).to.include('NOT OK')
    })

    it('rpm installs, verifies and erases it in an empty root', async function () {
      const rpm = needTool(this, 'rpm', 'rpm')
      const busybox = needTool(this, 'busybox', 'busybox-static')
      const root = emptyRoot('rpm')
      mkdirSync(join(root, 'bin'))
      copyFileSync(busybox, join(root, 'bin/sh')) // runs the scripts
      const inRoot = (...args: string[]) => run(rpm, ['--root', root, ...args])
      await inRoot('--install', '--nodeps', artefact('rpm', '.rpm'))
      expect(readFileSync(join(root, 'usr/bin/shop')).equals(elf())).to.equal(true)
      expect((await inRoot('--verify', '--nodeps', 'shop')).stdout).to.equal('')
      const { stdout } = await inRoot('--query', '--info', 'shop')
      expect(stdout)
        .to.match(/Version +: 1\.2\.3~rc\.1\n/)
        .and.to.match(/License +: MIT\n/)
      expect((await inRoot('--query', '--configfiles', 'shop')).stdout).to.equal('/etc/sysconfig/shop\n')
      await inRoot('--erase', 'shop')
      for (const gone of ['usr/bin/shop', 'usr/share/licenses/shop', 'etc/sysconfig/shop'])
        expect(existsSync(join(root, gone)), gone).to.equal(false)
    })

    it('rpmlint finds no error but those that are meant', async function () {
      const rpmlint = needTool(this, 'rpmlint', 'rpmlint')
      const { stdout } = await tryRun(rpmlint, [artefact('rpm', '.rpm')])
      const errors = [...stdout.matchAll(/: E: (\S+)/g)].map(([, tag]) => tag)
      expect(errors.sort()).to.deep.equal(['no-signature', 'statically-linked-binary'])
    })

    it('holds the program', () => {
      const { files } = readRpm(readFileSync(artefact('rpm', '.rpm')))
      expect(
        elf().equals(files.find(({ path }) => path === 'usr/bin/shop')?.data ?? Buffer.alloc(0)),
      ).to.equal(true)
    })
  })

  describe('apk', () => {
    it('tar reads it as one archive, signature and description first', async () => {
      const { stdout } = await run('tar', ['-tvzf', artefact('apk', '.apk')])
      const names = stdout
        .trim()
        .split('\n')
        .map((line) => line.replace(/^.* /, ''))
      expect(names.slice(0, 3)).to.deep.equal(['.SIGN.RSA.ann.rsa.pub', '.PKGINFO', '.pre-install'])
      expect(stdout).to.match(/^-rwxr-xr-x root\/root +\d+ .* usr\/bin\/shop$/m)
      const { stdout: info } = await run('tar', ['-xOzf', artefact('apk', '.apk'), '.PKGINFO'])
      for (const line of ['pkgname = shop', 'pkgver = 1.2.3_rc1-r0', 'arch = x86_64', 'license = MIT'])
        expect(info).to.include(`${line}\n`)
    })

    it('openssl verifies the signature, and finds the digest of the files', async () => {
      const { signature, info, files } = readApk(readFileSync(artefact('apk', '.apk')))
      if (signature === undefined) expect.fail('it is not signed')
      writeFileSync(join(scratch(), 'control'), signature.over)
      writeFileSync(join(scratch(), 'signature'), signature.data)
      const check = ['-verify', join(scratch(), 'ann.rsa.pub'), '-signature', join(scratch(), 'signature')]
      const { stdout } = await run('openssl', ['dgst', '-sha1', ...check, join(scratch(), 'control')])
      expect(stdout).to.equal('Verified OK\n')
      const whole = readFileSync(artefact('apk', '.apk'))
      const behind = whole.subarray(whole.indexOf(signature.over) + signature.over.length)
      const { stdout: digest } = await run('openssl', ['dgst', '-sha256', '-r'], { input: behind })
      expect(digest.slice(0, 64)).to.equal(info.find(([key]) => key === 'datahash')?.[1])
      expect(
        elf().equals(files.find(({ path }) => path === 'usr/bin/shop')?.data ?? Buffer.alloc(0)),
      ).to.equal(true)
    })

    it("its scripts are such as Alpine's shell runs", async function () {
      const busybox = needTool(this, 'busybox', 'busybox-static')
      const { scripts, files } = readApk(readFileSync(artefact('apk', '.apk')))
      const service = new TextDecoder().decode(files.find(({ path }) => path === 'etc/init.d/shop')?.data)
      const settings = new TextDecoder().decode(files.find(({ path }) => path === 'etc/conf.d/shop')?.data)
      const preInstall = `addgroup() { echo group "$@"; }; adduser() { echo user "$@"; false; }\n${scripts['pre-install']}`
      const added = await run(busybox, ['ash', '-u', '-c', preInstall.replace('2>/dev/null', '')])
      expect(added.stdout).to.match(/^group -S shop\n/)
      // As openrc-run does: the settings, then the script, then what it says to run.
      const start = `checkpath() { echo "$@"; }\n${settings}\n${service}\nstart_pre\necho $command $supervisor\nenv`
      const { stdout } = await run(busybox, ['ash', '-eu', '-c', start])
      expect(stdout).to.include('--directory --mode 0750 --owner shop:shop /var/lib/shop\n')
      expect(stdout).to.include('/usr/bin/shop supervise-daemon\n')
      expect(stdout).to.include(`\nGREETING=${environment.GREETING}\n`)
    })
  })

  describe('the service', () => {
    /** The package unpacked among the units that systemd brings. */
    async function rootWithUnits(target: 'deb' | 'rpm'): Promise<string> {
      const root = emptyRoot(`units-${target}`)
      if (target === 'deb') await run('dpkg-deb', ['-x', artefact('deb', '.deb'), root])
      else await run(needReader('bsdtar', 'libarchive-tools'), ['-xf', artefact('rpm', '.rpm'), '-C', root])
      cpSync('/usr/lib/systemd/system', join(root, 'usr/lib/systemd/system'), {
        recursive: true,
        verbatimSymlinks: true,
        force: false,
      })
      return root
    }

    for (const target of ['deb', 'rpm'] as const)
      it(`of ${target} is one that systemd has nothing against, and thinks well confined`, async function () {
        const analyze = needTool(this, 'systemd-analyze', 'systemd')
        const root = await rootWithUnits(target)
        const verified = await tryRun(analyze, ['verify', '--man=no', `--root=${root}`, 'shop.service'])
        expect(verified.stderr.split('\n').filter((line) => line.includes('shop'))).to.deep.equal([])
        expect(verified.exitCode).to.equal(0)
        const unit = readFileSync(join(root, 'usr/lib/systemd/system/shop.service'), 'utf8')
        expect(unit).to.include('\nExecStart=/usr/bin/shop\n').and.to.include('\nDynamicUser=yes\n')
        const security = ['security', '--offline=true', `--root=${root}`, '--threshold=15', 'shop.service']
        expect((await tryRun(analyze, security)).exitCode).to.equal(0)
      })

    for (const [target, user] of Object.entries({ deb: 61184, rpm: 61184, apk: 100 }))
      it(`of ${target} runs as its user, with its environment, and held to its limits`, async function () {
        needRoot(this)
        const session = await startGuest({ subject: join(scratch(), 'dist', target), timeout: 20 })
        const url = `http://127.0.0.1:${session.ports[0]?.host}/`
        const text = (await answersWithin(url, 20_000)) ? await ask(url) : undefined
        const pid = readdirSync('/proc').find((each) => ownedBy(each, 'shop', user)) ?? 'none'
        const [status, mounts] = ['status', 'mounts'].map((file) => textOf(`/proc/${pid}/${file}`))
        await session.guest.shutdown()
        const report = await session.ended
        expect(text, report.lines.map((line) => line.text).join('\n')).to.equal(
          `hello ${environment.GREETING}`,
        )
        expect(report).to.include({ verdict: 'exited', status: 0 })
        for (const line of ['Umask:\t0077', 'NoNewPrivs:\t1', 'CapBnd:\t0000000000000000'])
          expect(status).to.include(`${line}\n`)
        if (target === 'apk') return
        expect(status).to.include('Seccomp:\t2\n') // by a filter
        expect(mounts)
          .to.match(/^\S+ \/ \S+ ro[, ]/m)
          .and.to.match(/^\S+ \/var\/lib\/shop \S+ rw[, ]/m)
          .and.to.match(/^tmpfs \/tmp /m)
          .and.to.match(/^proc \/proc .*hidepid=(2|invisible)/m)
      })
  })
})

function ownedBy(pid: string, program: string, user: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return status.startsWith(`Name:\t${program}\n`) && status.includes(`\nUid:\t${user}\t`)
  } catch {
    return false
  }
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
