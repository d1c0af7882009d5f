import { copyFileSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../base/run.js'
import { runGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'

// A dynamically linked program of the distribution: PT_INTERP's loader, glibc, shared libraries, all unmodified.
describe('dynamic program', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()

  before(async () => {
    const { stdout } = await run('ldd', ['/bin/cat'])
    const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? '')
    for (const file of ['/bin/cat', ...libraries]) {
      mkdirSync(join(scratch(), 'root', dirname(file)), { recursive: true })
      copyFileSync(realpathSync(file), join(scratch(), 'root', file))
    }
  })

  async function maps(): Promise<string> {
    const rootfs = { folder: join(scratch(), 'root'), init: '/bin/cat' }
    const { text, report } = await runGuest({
      rootfs,
      output: join(scratch(), 'dist'),
      args: ['/proc/self/maps'],
    })
    expect(report.status, text + report.explanation).to.equal(0)
    return text
  }

  it('runs through its own loader', async () => {
    const text = await maps()
    expect(text)
      .to.match(/ld-linux-x86-64\.so\.2$/m)
      .and.to.match(/libc\.so\.6$/m)
    expect(text).not.to.match(/ rwx/)
  })

  it('lies somewhere else each time: program, libraries, heap and stack', async () => {
    const [first, second] = [await maps(), await maps()]
    for (const part of [/\/bin\/cat$/m, /libc\.so\.6$/m, /\[heap\]$/m, /\[stack\]$/m])
      expect(startOf(first, part), String(part)).not.to.equal(startOf(second, part))
  })
})

function startOf(text: string, part: RegExp): string | undefined {
  return text
    .replaceAll('\r', '')
    .split('\n')
    .find((line) => part.test(line))
    ?.split('-')[0]
}
