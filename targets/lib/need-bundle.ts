import { UserError } from '../../base/user-error.js'
import type { Build } from './target.js'

/** The bundle, for targets that have a JavaScript engine under them. */
export function needBundle(build: Build, target: string): Uint8Array {
  if (build.bundle !== undefined) return build.bundle
  throw new UserError(`target ${target} is made from an app's JavaScript, which --rootfs has none of`, {
    hint: '--rootfs makes machine images: choose -t qemu',
  })
}
