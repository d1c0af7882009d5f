import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram } from '../../base/find-program.js'
import { run, start } from '../../base/run.js'
import { temporaryFolder } from '../../base/temporary-folder.js'
import type { RootfsRecipe } from '../../targets/lib/recipe.js'
import type { MachineKind } from '../machine.js'
import { processMachine } from '../process-machine.js'

type Format = RootfsRecipe['archives'][number]['format']

/** Programs that unpack a file into a folder. GNU tar and libarchive's find out how the file is compressed. */
const unpackers: Readonly<Record<Format, { program: string; package: string; args: Arguments }>> = {
  tar: { program: 'tar', package: 'tar', args: (file, folder) => ['-xf', file, '-C', folder] },
  deb: { program: 'dpkg-deb', package: 'dpkg', args: (file, folder) => ['-x', file, folder] },
  rpm: {
    program: 'bsdtar',
    package: 'libarchive-tools',
    args: (file, folder) => ['-xf', file, '-C', folder],
  },
}
type Arguments = (file: string, folder: string) => string[]

/** The user of minimal images, "nonroot". */
const user = '65532:65532'

/** A root file system and one program in it: by chroot where we are root, else in a user namespace. */
const rootfs: MachineKind<RootfsRecipe> = {
  name: 'rootfs',
  sharesHostPorts: true,
  async start(recipe, options) {
    const work = temporaryFolder('unik-root-')
    const folder = join(work.path, 'root')
    try {
      mkdirSync(folder)
      for (const { file, format } of recipe.archives) {
        const { program, package: from, args } = unpackers[format]
        await run(needProgram(program, from, `unpack .${format} files`), args(file, folder))
      }
      chmodSync(folder, 0o755)
    } catch (error) {
      work.remove()
      throw error
    }
    const root = join(folder, recipe.root ?? '')
    const [program, ...enter] =
      process.getuid?.() === 0
        ? [needProgram('chroot', 'coreutils', 'enter a root file system'), `--userspec=${user}`, root]
        : [needProgram('unshare', 'util-linux', 'enter a root file system'), '-r', `--root=${root}`]
    const args = [...enter, ...recipe.command, ...options.args]
    const running = await start(program, args, { env: options.env })
    return processMachine(running, [program, ...args], () => work.remove())
  },
}
export default rootfs
