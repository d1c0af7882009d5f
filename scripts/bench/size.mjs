// Sizes of what ships.

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import elfy from 'elfy'
import { prebuilt } from '../../lib/base/package-root.js'
import { buildApp } from './apps.mjs'
import { atMost, kib, mib } from './row.mjs'

export async function size(scratch) {
  const [hello, http] = [await buildApp(scratch, 'hello'), await buildApp(scratch, 'http')]
  const image = statSync(join(http.image, 'http.elf')).size
  const elf = statSync(http.elf).size
  const sections = elfy.parse(readFileSync(join(http.image, 'http.elf'))).body.sections
  const rootfs = sections.find((section) => section.name === '.rootfs').size
  return [
    atMost('app ELF, script hello', 700 * 1024, statSync(hello.elf).size, kib),
    atMost('app ELF, HTTP hello', 900 * 1024, elf, kib),
    atMost('kernel (HTTP bootable less its rootfs)', 300 * 1024, image - rootfs, kib),
    atMost('HTTP bootable', 1.2 * 1048576, image, mib),
    atMost('bytecode compiler (WebAssembly)', 1.5 * 1048576, statSync(prebuilt('bytecode.wasm')).size, mib),
  ]
}
