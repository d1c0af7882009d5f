import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { runGuest, startGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'

// A program that nobody here wrote: Debian's static busybox, unmodified.
describe('busybox', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()

  before(() => {
    mkdirSync(join(scratch(), 'root/bin'), { recursive: true })
    copyFileSync('/bin/busybox', join(scratch(), 'root/bin/busybox'))
    writeFileSync(join(scratch(), 'root/hello.txt'), 'hello\n')
  })

  async function busybox(...args: string[]): Promise<string> {
    const rootfs = { folder: join(scratch(), 'root'), init: '/bin/busybox' }
    const { text, report } = await runGuest({ rootfs, output: join(scratch(), 'dist'), args })
    expect(report.status, text + report.explanation).to.equal(0)
    return text.replaceAll('\r', '')
  }

  it('ls -l /', async () => {
    const text = await busybox('ls', '-l', '/')
    expect(text).to.match(/^drwxr-xr-x .* bin$/m)
    expect(text).to.match(/^-rw-r--r--\s+1 (root|0)\s+(root|0)\s+6 .* hello\.txt$/m)
  })

  it('cat /proc/self/maps', async () => {
    const text = await busybox('cat', '/proc/self/maps')
    expect(text).to.match(/^[0-9a-f]+-[0-9a-f]+ r-xp .* \/bin\/busybox$/m)
    expect(text).to.match(/\[stack\]$/m)
    expect(text).not.to.match(/ rwx/)
  })

  it('date', async () => {
    const text = await busybox('date', '-u', '+%s')
    expect(Math.abs(Number(text) - Date.now() / 1000)).to.be.lessThan(60)
  })

  it('cat of what is piped in, from the first byte', async () => {
    const session = await startGuest({
      rootfs: { folder: join(scratch(), 'root'), init: '/bin/busybox' },
      output: join(scratch(), 'dist'),
      args: ['head', '-n', '2'],
    })
    session.guest.write('first\nsecond\n')
    const { status, lines } = await session.ended
    expect(status).to.equal(0)
    expect(lines.map((line) => line.text)).to.deep.equal(['first', 'second'])
  })

  it('cat of a file', async () => expect(await busybox('cat', '/hello.txt')).to.equal('hello\n'))
  it('find, in order of nothing but itself', async () =>
    expect(await busybox('find', '/bin')).to.equal('/bin\n/bin/busybox\n'))
  it('sha256sum', async () =>
    expect(await busybox('sha256sum', '/hello.txt')).to.match(
      /^5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 /,
    ))
})
