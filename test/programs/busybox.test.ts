import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { run, tryRun } from '../../base/run.js'
import { build } from '../../cli/pipeline.js'
import { runGuest, startGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needTool } from '../helpers/tool.js'

// What says the same on Linux and in the guest, started in the root folder; the order of a directory's entries is nobody's promise.
const sameAsOnLinux: readonly (readonly string[])[] = [
  ['find', 'tree', '(', '-type', 'f', '-size', '+3k', ')', '-o', '-type', 'l'],
  ['stat', '-c', '%n %s %a %F %Y %u %N', 'tree/sub/link', 'tree/numbers'],
  ['cp', '-av', 'tree', 'tmp/copy'],
  ['mv', '-v', 'tree/numbers', 'tree/sub', 'tmp'],
  ['rm', '-rv', 'other'],
  ['touch', '-d', '2020-01-01', 'tree/new'],
  ['tar', '-tvf', 'tree.tar'],
  ['tar', '-xvf', 'tree.tar', '-C', 'tmp'],
  ['cpio', '-idv', '-F', 'tree.cpio'],
  ['gunzip', '-c', 'numbers.gz'],
  ['sort', '-rn', 'tree/numbers'],
  ['awk', '-f', 'program.awk', 'tree/numbers'],
  ['sed', '-i', 's/one/two/', 'tree/sub/text'],
  ['grep', '-rn', 'one', 'tree'],
  ['wc', 'tree/numbers', 'tree/sub/text', 'tree.tar'],
  ['sha256sum', '-c', 'sums'],
  ['diff', '-r', 'tree', 'other'],
  ['du', '-b', 'tree/numbers', 'tree/sub/text'],
  ['dd', 'if=tree/numbers', 'bs=100', 'skip=3', 'count=2', 'status=none'],
  ['ls', 'nowhere'],
]

// What tells of the machine.
const aboutTheMachine: readonly (readonly [readonly string[], RegExp])[] = [
  [['ls', '-l', '/'], /^-rw-r--r--\s+1 root +root +\d+ Jan +1 +1970 sums$/m],
  [['ps', '-o', 'pid,user,vsz,rss,args'], /^ +1 root +\d+ +\d+ \/bin\/busybox ps -o pid,user,vsz,rss,args$/m],
  [['top', '-b', '-n1'], /^ +1 +0 root +R +\d+ +\d+% +\d+% \/bin\/busybox top -b -n1$/m],
  [['free'], /^Mem: +\d+ +\d+ +\d+ +\d+ +\d+ +\d+$/m],
  [['df', '-k'], /^tmpfs +\d+ +\d+ +\d+ +\d% \/$/m],
  [['uptime'], / up 0 min, +0 users, +load average: /],
  [['ifconfig', 'eth0'], /inet addr:10\.0\.2\.15 .*Mask:255\.255\.255\.0/],
  [['ip', 'addr'], /^ +inet 10\.0\.2\.15\/24 /m],
  [['cat', '/proc/self/maps'], /^[0-9a-f]+-[0-9a-f]+ r-xp .* \/bin\/busybox$/m],
  [['id'], /^uid=0\(root\) gid=0\(root\)/m],
  [['mount'], /^proc on \/proc type proc /m],
]

const shell = `
set -e
cd tmp
umask 027; echo one > a; echo two >> a; : > b
while read -r line; do echo "read $line"; done < a
[ -s a ] && [ ! -s b ] && [ -r a ] && [ a -ef ./a ] || exit 9
x=0; for i in 1 2 3 4 5 6 7 8 9 10; do x=$((x + i * i)); done; echo $x
f() { local y=$1; [ $y -lt 2 ] && { echo $y; return; }; f $((y - 1)); }; f 5
trap 'echo trapped' TERM; kill -TERM $$
exec 3> c; echo three >&3; exec 3>&-; exec 4< c; read z <&4; echo "$z \${z#th} \${#z} \${none:-default}"
case $z in t*e) echo case;; esac
set -- a "b c" d; echo $# "$2"; shift; echo "$*"; printf '%05d|%-5s|%x\\n' 42 ab 255
[ -e none ] || echo "status $?"
exit 6
`

const awk = `{ s += $1; n[$1 % 7]++ }
  END { print NR, s, n[3]; while ((getline x < "tree/sub/text") > 0) print length(x), toupper(x) > "/dev/stdout"; exit 3 }
`

// A program that nobody here wrote: Debian's static busybox, unmodified. What forks cannot run.
describe('busybox', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const root = () => join(scratch(), 'root')
  const artefact = () => join(scratch(), 'dist/qemu')

  before(async function () {
    await makeTree(root(), needTool(this, 'busybox', 'busybox-static'))
    await build({
      entries: [],
      rootfs: { folder: root(), init: '/bin/busybox' },
      targets: ['qemu'],
      output: join(scratch(), 'dist'),
      cwd: scratch(),
      env: {},
    })
  })

  async function busybox(args: readonly string[]): Promise<{ text: string; status: number }> {
    const { text, report } = await runGuest({ subject: artefact(), args })
    expect(report.verdict, text + report.explanation).to.equal('exited')
    return { text: text.replaceAll('\r', ''), status: report.status }
  }

  for (const args of sameAsOnLinux)
    it(`${args.join(' ')}, as on Linux`, async () => {
      const there = join(scratch(), 'linux')
      await run('cp', ['-a', root(), there])
      const linux = await tryRun('busybox', args, { cwd: there })
      await run('rm', ['-rf', there])
      const guest = await busybox(args)
      expect(lines(guest.text)).to.deep.equal(lines(linux.stdout + linux.stderr))
      expect(guest.status).to.equal(linux.exitCode)
    })

  for (const [args, expected] of aboutTheMachine)
    it(args.join(' '), async () => {
      const { text, status } = await busybox(args)
      expect(text).to.match(expected)
      expect(text).not.to.match(/ rwx/)
      expect(status).to.equal(0)
    })

  it('date', async () => {
    const { text } = await busybox(['date', '-u', '+%s'])
    expect(Math.abs(Number(text) - Date.now() / 1000)).to.be.lessThan(60)
  })

  it('sh, with what it has built in, says and returns what it does on Linux', async () => {
    const linux = await tryRun('busybox', ['sh', 'script'], { cwd: root() })
    const guest = await busybox(['sh', 'script'])
    expect(guest).to.deep.equal({ text: linux.stdout, status: linux.exitCode })
  })

  it('sh, with a pipe, says that there is no second process', async () => {
    const { text, status } = await busybox(['sh', 'pipe'])
    expect(text).to.match(/can't fork: Function not implemented/)
    expect(status).not.to.equal(0)
  })

  it('cat of what is piped in, from the first byte', async () => {
    const session = await startGuest({ subject: artefact(), args: ['head', '-n', '2'] })
    session.guest.write('first\nsecond\n')
    const { status, lines: written } = await session.ended
    expect(status).to.equal(0)
    expect(written.map((line) => line.text)).to.deep.equal(['first', 'second'])
  })

  it('wget of a page of this machine', async () => {
    const server = createServer((request, response) => response.end(`page ${request.url}\n`.repeat(1000)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const { text, status } = await busybox(['wget', '-q', '-O', '-', `http://10.0.2.2:${port}/x`])
    server.close()
    expect({ text, status }).to.deep.equal({ text: 'page /x\n'.repeat(1000), status: 0 })
  })

  it('nc that listens', async () => {
    const session = await startGuest({
      subject: artefact(),
      args: ['nc', '-l', '-p', '8080'],
      onRecord: ({ key }) => {
        if (key !== 'listen') return
        const peer = connect(session.ports[0]?.host ?? 0, '127.0.0.1', () => peer.end('over the network\n'))
        peer.resume()
        session.guest.endInput()
      },
    })
    const { status, lines: written } = await session.ended
    expect(written.map((line) => line.text)).to.deep.equal(['over the network'])
    expect(status).to.equal(0)
  })
})

async function makeTree(root: string, busybox: string): Promise<void> {
  for (const folder of ['bin', 'tmp', 'tree/sub/deep', 'other'])
    mkdirSync(join(root, folder), { recursive: true })
  cpSync(busybox, join(root, 'bin/busybox'))
  const numbers = Array.from({ length: 2000 }, (_, i) => `${(i * 7919) % 2000}\n`).join('')
  writeFileSync(join(root, 'tree/numbers'), numbers, { mode: 0o640 })
  writeFileSync(join(root, 'tree/sub/text'), 'one\ntwo\none more\n')
  writeFileSync(join(root, 'tree/sub/deep/empty'), '')
  symlinkSync('text', join(root, 'tree/sub/link'))
  writeFileSync(join(root, 'other/numbers'), numbers.replace('500\n', '5 0 0\n'))
  writeFileSync(join(root, 'script'), shell)
  writeFileSync(join(root, 'program.awk'), awk)
  writeFileSync(join(root, 'pipe'), 'ls | cat\n')
  const make = `find tree other | sort | cpio -oH newc > tree.cpio; tar -cf tree.tar tree; gzip -nk tree/numbers; mv tree/numbers.gz .
    sha256sum tree/numbers tree.tar > sums; find . -exec touch -h -d @0 {} +`
  await run('sh', ['-c', make], { cwd: root })
}

function lines(text: string): string[] {
  return text.split('\n').sort()
}
