import { UserError } from '../../base/user-error.js'
import type { Image } from '../../linker/image.js'
import type { Build } from './target.js'

/** The app ELF, for targets that have no use for a root file system given with --rootfs. */
export function needApp(build: Build, target: string): Image {
  if (build.elf !== undefined) return build.elf
  throw new UserError(`target ${target} is made from an app, not from --rootfs`, {
    hint: '--rootfs makes machine images: choose -t qemu',
  })
}
