import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { runGuest } from '../helpers/boot.js'
import { compileStatic } from '../helpers/bootable.js'
import { scratchFolder } from '../helpers/scratch.js'

const ways: readonly (readonly [way: string, refusal: string])[] = [
  ['descriptors', 'EMFILE'],
  ['epolls', 'ENOMEM'],
  ['timer_descriptors', 'ENOMEM'],
  ['pipes', 'ENOMEM'],
  ['unix_sockets', 'ENOBUFS'],
  ['tcp_sockets', 'ENOBUFS|ENOMEM|ECONNRESET|EAGAIN|EINPROGRESS'],
  ['udp_sockets', 'ENOBUFS|ENOMEM'],
  ['tmpfs_file', 'ENOSPC'],
  ['empty_files', 'ENOMEM'],
  ['watches', 'ENOMEM'],
  ['posix_timers', 'EAGAIN'],
  ['areas', 'ENOMEM'],
  ['locked', 'ENOMEM'],
  ['too_large_a_heap', 'ENOMEM'],
  ['too_large_a_map', 'ENOMEM'],
]

// What was promised and is touched when nothing is left, and who then has the most.
const ends: readonly (readonly [way: string, user: string])[] = [
  ['touch', 'anonymous memory'],
  ['touch_heap', 'the heap (brk)'],
  ['stack', 'the first stack'],
  ['page_tables', 'page tables'],
  ['read_into_untouched', 'anonymous memory'],
  ['sleeping_threads', "threads' kernel stacks"],
]

describe('memory pressure', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const rootfs = () => ({ folder: join(scratch(), 'root'), init: '/init' })
  const boot = (args: readonly string[]) =>
    runGuest({ rootfs: rootfs(), output: join(scratch(), 'dist'), memory: 12, args: [...args] }, 90_000)

  before(async () => {
    mkdirSync(join(scratch(), 'root/tmp'), { recursive: true })
    await compileStatic(join(packageRoot, 'test/boot/memory-pressure.c'), join(scratch(), 'root/init'))
  })

  it('each way to take memory ends in an error, and what is given back can be taken again', async () => {
    const { text, report } = await boot(ways.map(([way]) => way))
    for (const [way, refusal] of ways) {
      expect(text).to.match(new RegExp(`^${way}: \\d+, then (${refusal});`, 'm'))
      expect(text).to.match(new RegExp(`^${way}: OK`, 'm'))
    }
    expect(report.status).to.equal(0)
  })

  for (const [way, user] of ends)
    it(`${way}: the console names the biggest user, and the exit status is that of memory`, async () => {
      const { text, report } = await boot([way])
      expect(text).to.match(/^unik: out of memory: \d+ of \d+ KiB free; give the machine more \(-m\)/m)
      const biggest = /^unik: the biggest users: \d+ KiB ([^,]+), \d+ KiB [^,]+, \d+ KiB [^,]+?\r?$/m.exec(
        text,
      )
      expect(biggest?.[1], text).to.equal(user)
      expect(report.status).to.equal(123)
    })
})
