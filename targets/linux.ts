import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../base/user-error.js'
import { writeReadme } from './lib/readme.js'
import type { BuildFacts, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** The app ELF as it is: a static-PIE that runs on any x86_64 Linux since 3.17 (getrandom). */
const linux: Target = {
  name: 'linux',
  layer: 'static linking',
  summary: 'one static ELF file for x86_64 Linux',
  artefact: 'static-PIE ELF',
  platform: 'x86_64 Linux 3.17 and later',
  varies: ['distribution', 'C library', 'kernel'],
  carries: 'elf',
  proof: 'run as what it is',
  write(build, folder) {
    if (build.elf === undefined)
      throw new UserError('target linux has nothing to add to a program that is already a Linux program', {
        hint: '--rootfs makes images: choose -t qemu',
      })
    const file = join(folder, build.name)
    writeFileSync(file, build.elf.bytes)
    chmodSync(file, 0o755)
    writeDebugFiles(build, folder)
    describe(build, folder)
  },
  recipe: (build, folder) => ({ kind: 'process', file: join(folder, build.name) }),
}
export default linux

function describe({ name, port }: BuildFacts, folder: string): void {
  const introduction = `${name} is one static program: it needs nothing of the system that it runs on but x86_64 Linux 3.17.`
  const command = port === undefined ? `./${name}` : `PORT=${port} ./${name}`
  writeReadme(folder, `${name} for Linux`, introduction, [{ title: 'Run', commands: [command] }])
}
