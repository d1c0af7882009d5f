import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run } from '../../base/run.js'
import { runGuest } from '../helpers/boot.js'
import { addProgram, addWhatItReads, needFile } from '../helpers/linux-programs.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needTool } from '../helpers/tool.js'

interface Interpreter {
  readonly program: string
  readonly debianPackage: string
  /** Of this folder; says much of what the program does with the system, in words that are the same on every machine. */
  readonly script: string
  readonly args: readonly string[]
  readonly memory: number
  /** What it would do itself, and slowly. */
  readonly prepare?: (file: string, root: string) => Promise<unknown>
}

const interpreters: readonly Interpreter[] = [
  { program: '/usr/bin/lua5.4', debianPackage: 'lua5.4', script: 'lua.lua', args: ['lua.lua'], memory: 32 },
  {
    program: '/usr/bin/sqlite3',
    debianPackage: 'sqlite3',
    script: 'sqlite.sql',
    args: ['-batch', 'tmp/test.db', '.read sqlite.sql'],
    memory: 48,
  },
  { program: '/usr/bin/perl', debianPackage: 'perl', script: 'perl.pl', args: ['perl.pl'], memory: 64 },
  {
    program: '/usr/bin/python3.11',
    debianPackage: 'python3',
    script: 'python.py',
    args: ['python.py'],
    memory: 96,
    // Python tells old compiled modules by their time, which no file of an image has.
    prepare: (file, root) =>
      run(file, ['-m', 'compileall', '-q', '--invalidation-mode', 'unchecked-hash', join(root, 'usr')]),
  },
]

// Debian's dynamic programs, unmodified, with the files that they read on Linux: a script makes them say the same in the guest.
describe('interpreters', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()

  for (const { program, debianPackage, script, args, memory, prepare } of interpreters)
    it(`${basename(program)} ${script}`, async function () {
      needTool(this, 'strace', 'strace')
      const file = needFile(this, program, debianPackage)
      const root = join(scratch(), basename(program), 'root')
      const tmp = join(root, 'tmp')
      mkdirSync(tmp, { recursive: true })
      copyFileSync(join(packageRoot, 'test/programs', script), join(root, script))
      await addProgram(root, program, file)
      const linux = await addWhatItReads(root, file, args)
      await prepare?.(file, root)
      for (const name of readdirSync(tmp)) rmSync(join(tmp, name))
      const { text, report } = await runGuest(
        { rootfs: { folder: root, init: program }, output: join(root, '../dist'), args, memory },
        90_000,
      )
      expect(linesOf(text), report.explanation).to.have.members(linesOf(linux.stdout + linux.stderr))
      expect(report.status).to.equal(linux.exitCode)
    })
})

function linesOf(text: string): string[] {
  return text.replaceAll('\r', '').split('\n')
}
