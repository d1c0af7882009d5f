import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run, tryRun } from '../../base/run.js'
import { stopForDebugger } from '../../cli/debugger.js'
import { type GuestResult, runGuest, startGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needTool } from '../helpers/tool.js'

const program = `
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
int main(void)
{
    static struct utsname name;
    for (int i = 0; i < 3; i++) /* so that the report shows them */
        syscall(SYS_access, "/absent", i);
    for (;;)
        uname(&name);
}`

// struct trap_frame (cpu/cpu.h): the app's first argument, and where it is.
const BUFFER = '*(long *)($frame + 112)'
const APP_CODE = '*(long *)($frame + 136)'

/** Has the guest call a function of the kernel, whose result RAX then holds. */
function call(name: string, ...args: readonly string[]): string[] {
  const registers = ['rdi', 'rsi', 'rdx'].slice(0, args.length)
  return [
    ...registers.map((register, i) => `set $${register} = (long)(${args[i]})`),
    ...[
      'set $rsp = $rsp - 8',
      'set *(long *)$rsp = (long)call_uname',
      `set $rip = (long)${name}`,
      'continue',
    ],
  ]
}
const object = ['set $object = $rax']

interface Fault {
  readonly name: string
  /** Of gdb, which has stopped in call_uname, the way into uname(2). */
  readonly commands: readonly string[]
  readonly says: RegExp
}

const faults: readonly Fault[] = [
  {
    name: 'its stack overflows',
    commands: ['set $rsp = $rsp - 16384', 'continue'],
    says: /panic: kernel stack overflow/,
  },
  {
    name: 'a function writes over its frame',
    commands: [
      ...['break *user_write', 'continue'],
      ...[8, 16, 24, 32, 40, 48].map((offset) => `set *(long *)($rbp - ${offset}) = 0x4141414141414141`),
      ...['delete', 'continue'],
    ],
    says: /panic: stack smashed in the function that returns to/,
  },
  {
    name: 'memory is freed twice',
    commands: [
      ...call('kmalloc', '100'),
      ...object,
      ...call('kfree', '$object'),
      ...call('kfree', '$object'),
    ],
    says: /panic: kfree: 0x\w+ is not in use/,
  },
  {
    name: 'a block of pages is freed twice',
    commands: [
      ...call('kmalloc', '9000'),
      ...object,
      ...call('kfree', '$object'),
      ...call('kfree', '$object'),
    ],
    says: /panic: kfree: 0x\w+ is not in use/,
  },
  {
    name: 'memory is freed that is none',
    commands: [...call('kmalloc', '100'), ...object, ...call('kfree', '$object + 16')],
    says: /panic: kfree: 0x\w+ is not in use/,
  },
  {
    name: 'memory is written to after it was freed',
    commands: [
      ...[...call('kmalloc', '100'), ...object, ...call('kfree', '$object')],
      ...['set *(int *)$object = 0x41414141', ...call('kmalloc', '100')],
    ],
    says: /panic: kmalloc: 0x\w+ was written to after it was freed/,
  },
  {
    name: 'it writes to its own code',
    commands: call('memset', 'call_uname', '0', '16'),
    says: /panic: the kernel wrote to address ffffffff\w+, which is protected/,
  },
  {
    name: 'it writes to its code by way of the direct map',
    commands: [
      ...[...call('kmalloc', '100'), ...object],
      // The image lies at 2 MiB, and the direct map begins at a multiple of 1 GiB.
      ...call('memset', '($object & ~0x3fffffff) + 0x200000', '0', '16'),
    ],
    says: /panic: the kernel wrote to address \w+, which is protected/,
  },
  {
    name: "it reads the app's memory unasked",
    commands: call('strlen', BUFFER),
    says: /panic: the kernel read address \w+, which is protected/,
  },
  {
    name: "it jumps to the app's code",
    commands: call(APP_CODE),
    says: /panic: the kernel jumped to address \w+, which is protected/,
  },
  {
    name: 'it jumps to its own data',
    commands: call('$rsp'),
    says: /panic: the kernel jumped to address \w+, which is protected/,
  },
  {
    name: 'it follows a null pointer',
    commands: call('strlen', '8'),
    says: /panic: the kernel read address 8, which is not mapped/,
  },
  {
    name: 'it follows an address that no CPU has',
    commands: call('strlen', '0x4141414141414141'),
    says: /panic: general protection in the kernel/,
  },
]

// A debugger does to the kernel what a bug of it would do; the kernel ends, and says how it came to that.
describe('the kernel panics when', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  before(async () => {
    mkdirSync(join(scratch(), 'root'))
    writeFileSync(join(scratch(), 'program.c'), program)
    await run('gcc', ['-O1', '-static', join(scratch(), 'program.c'), '-o', join(scratch(), 'root/init')])
    await runGuest({ ...guest(), kernelWords: ['init=/absent'] })
  })

  function guest() {
    return { rootfs: { folder: join(scratch(), 'root'), init: '/init' }, output: join(scratch(), 'dist') }
  }

  for (const { name, commands, says } of faults)
    it(name, async function () {
      needTool(this, 'gdb', 'gdb')
      const { text, report } = await runWith(commands)
      expect(text).to.match(says)
      expect(report).to.include({ verdict: 'panicked', status: 134 })
      expect(text).to.match(/^unik: thread 1 "init"\r?$/m)
      expect(text).to.match(/^unik: system call 63 \(/m)
      expect(report.explanation).to.match(/^ {2}\w+\+0x[0-9a-f]+ {2}\(0x/m)
      if (!/stack smashed|kfree|kmalloc/.test(text))
        expect(text).to.match(/^unik: rip \w{16} {2}rsp \w{16} /m)
      // The last 32 system calls, oldest first, with names and results.
      const calls = text.match(/^unik: \[1\] \w+\(.*\) = .*$/gm) ?? []
      expect(calls.length).to.be.within(5, 32)
      expect(calls.join('\n')).to.match(
        /\] access\(0x\w+, 00\) = -2.*\n.*\] access\(0x\w+, 01\) = -2.*\n.*\] access\(0x\w+, 02\) = -2/,
      )
    })

  async function runWith(commands: readonly string[]): Promise<GuestResult> {
    const stop = await stopForDebugger()
    let text = ''
    try {
      const session = await startGuest({ ...guest(), ...stop, onText: (piece) => (text += piece) })
      const timer = setTimeout(() => session.guest.kill(), 30_000)
      const start = ['break *call_uname', 'continue', 'set $frame = $rdi']
      const script = [...start, ...commands].flatMap((command) => ['-ex', command])
      const [gdb = '', ...args] = stop.attachLine(session.artefact).split(' ')
      await tryRun('sh', ['-c', `${[gdb, '-batch', '-nx', ...args].join(' ')} "$@"`, 'sh', ...script], {
        timeout: 30_000,
      })
      const report = await session.ended
      clearTimeout(timer)
      return { text, report }
    } finally {
      stop.remove()
    }
  }
})
