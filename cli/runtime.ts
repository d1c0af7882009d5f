import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot, prebuilt } from '../base/package-root.js'
import { UserError } from '../base/user-error.js'
import type { BootLoader } from '../linker/bzimage.js'
import type { LinkInput } from '../linker/image.js'

// In link order: the start object, then archives, each before those that it needs.
const appFiles = [
  'start.o',
  'libengine.a',
  'libquickjs.a',
  'libuv.a',
  'libllhttp.a',
  'libmimalloc.a',
  'libc.a',
  'libgcc.a',
]
const kernelFiles = ['kernel.o', 'libcalls.a', 'libdrivers.a', 'liblwip.a']

/** The archives that make the app ELF. */
export function appRuntime(): LinkInput[] {
  return appFiles.map((file) => readInput('app', file))
}

/** The archives that make a kernel, and the object of its vDSO. */
export function kernelRuntime(): { kernel: LinkInput[]; vdso: LinkInput[] } {
  return {
    kernel: kernelFiles.map((file) => readInput('kernel', file)),
    vdso: [readInput('kernel', 'vdso.o')],
  }
}

/** The machine code that BIOS and loaders of Linux start before the kernel. */
export function loaderRuntime(): BootLoader {
  return {
    setup: readInput('loader', 'setup.bin').bytes,
    bootSector: readInput('loader', 'boot-sector.bin').bytes,
  }
}

/** A module of targets/hosts as compiled, for artefacts. */
export function standIn(name: string): Uint8Array {
  const code = readFileSync(join(packageRoot, 'lib', 'targets', 'hosts', `${name}.js`), 'utf8')
  return new TextEncoder().encode(code.replace(/^\/\/# sourceMappingURL=.*\n?/m, ''))
}

function readInput(folder: string, file: string): LinkInput {
  return { name: file, bytes: readPrebuilt(`${folder}/${file}`) }
}

/** A file that the set-up has made, by its path with `/`. */
export function readPrebuilt(file: string): Uint8Array {
  const path = prebuilt(file)
  if (existsSync(path)) return readFileSync(path)
  throw new UserError(`the runtime is not built: ${file} is missing`, {
    hint: 'run: npm run setup',
    status: 125,
  })
}
