import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram, type Tool } from '../../base/find-program.js'
import { run } from '../../base/run.js'
import type { PackageRecipe } from '../../targets/lib/recipe.js'
import { busybox } from './openrc-service.js'
import { runAsRoot } from './rights.js'
import { tar } from './unpack-root.js'

const dpkg: Tool = { program: 'dpkg', debianPackage: 'dpkg' }
const rpm: Tool = { program: 'rpm', debianPackage: 'rpm' }

/** What installs packages of this format, beside dpkg and tar, which every Debian system has. */
export function installTools(format: PackageRecipe['format']): readonly Tool[] {
  return { deb: [], rpm: [rpm, busybox], apk: [busybox] }[format]
}

/** Installs a package into a new root file system, which holds nothing else. */
export async function installPackage({ format, file }: PackageRecipe, root: string): Promise<void> {
  mkdirSync(root)
  await installers[format](file, root)
}

const installers: Readonly<
  Record<PackageRecipe['format'], (file: string, root: string) => Promise<unknown>>
> = {
  async deb(file, root) {
    for (const folder of ['info', 'updates'])
      mkdirSync(join(root, 'var/lib/dpkg', folder), { recursive: true })
    writeFileSync(join(root, 'var/lib/dpkg/status'), '')
    // Its scripts heed DPKG_ROOT: there is no shell in the root.
    await runAsRoot(needProgram(dpkg, 'install a .deb package'), [
      `--root=${root}`,
      '--force-script-chrootless',
      '--install',
      file,
    ])
  },
  async rpm(file, root) {
    // rpm runs a package's scripts inside the root.
    mkdirSync(join(root, 'usr/bin'), { recursive: true })
    mkdirSync(join(root, 'bin'))
    copyFileSync(needProgram(busybox, "run a package's scripts"), join(root, 'bin/sh'))
    await runAsRoot(needProgram(rpm, 'install an .rpm package'), [
      '--root',
      root,
      '--install',
      '--nodeps',
      file,
    ])
  },
  apk: (file, root) =>
    run(needProgram(tar, 'unpack an .apk package'), ['--numeric-owner', '-xpf', file, '-C', root]),
}
