import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quote } from '../base/run.js'
import { temporaryFolder } from '../base/temporary-folder.js'
import { freePort } from '../boot/ports.js'
import { parseSymbols } from '../boot/symbolize.js'
import type { Artefact } from './pipeline.js'
import { writeSymbolFile } from './symbol-file.js'

/** What has the guest wait for gdb, and what gdb then finds at known places. */
export interface DebuggerStop {
  readonly emulatorArgs: readonly string[]
  readonly kernelWords: readonly string[]
  /** The command that attaches to the guest, with the symbols of its kernel and its app. */
  attachLine(artefact: Artefact): string
  remove(): void
}

/** Where the kernel and a movable program are without randomness (boot/early.c, mm/elf.c), minus where they were linked. */
const kernelSlide = 0xffffffff80000000n - 0x200000n
const appSlide = 0x555555554000n

/** The guest stands still before its first instruction, and nothing in it is put at random places. */
export async function stopForDebugger(): Promise<DebuggerStop> {
  const port = await freePort()
  const work = temporaryFolder('unik-gdb-')
  return {
    emulatorArgs: ['-S', '-gdb', `tcp:127.0.0.1:${port}`],
    kernelWords: ['nokaslr', 'norandmaps'],
    attachLine(artefact) {
      const { name } = artefact.facts
      const file = join(work.path, name)
      const symbols = (ending: string) => readSymbols(join(artefact.folder, `${name}.${ending}`))
      const kernel = { name: '.kernel', symbols: symbols('symbols'), slide: kernelSlide }
      const app = { name: '.app', symbols: symbols('app.symbols'), slide: appSlide }
      writeFileSync(file, writeSymbolFile([kernel, app]))
      return quote(['gdb', file, '-ex', `target remote 127.0.0.1:${port}`])
    },
    remove: work.remove,
  }
}

function readSymbols(file: string) {
  return existsSync(file) ? parseSymbols(readFileSync(file, 'utf8')) : []
}
