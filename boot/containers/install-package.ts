import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram } from '../../base/find-program.js'
import { run } from '../../base/run.js'
import type { PackageRecipe } from '../../targets/lib/recipe.js'

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
    const dpkg = needProgram('dpkg', 'dpkg', 'install a .deb package')
    await run(dpkg, [`--root=${root}`, '--force-script-chrootless', '--install', file])
  },
  async rpm(file, root) {
    // rpm runs a package's scripts inside the root.
    mkdirSync(join(root, 'usr/bin'), { recursive: true })
    mkdirSync(join(root, 'bin'))
    copyFileSync(needProgram('busybox', 'busybox-static', "run a package's scripts"), join(root, 'bin/sh'))
    const rpm = needProgram('rpm', 'rpm', 'install an .rpm package')
    await run(rpm, ['--root', root, '--install', '--nodeps', file])
  },
  apk: (file, root) =>
    run(needProgram('tar', 'tar', 'unpack an .apk package'), ['--numeric-owner', '-xpf', file, '-C', root]),
}
