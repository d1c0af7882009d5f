import { readFile } from 'node:fs/promises'
import { prebuilt } from '../base/package-root.js'
import { UserError } from '../base/user-error.js'

/** A file of the prebuilt runtime. Its absence means a clone that was not set up. */
export async function readPrebuilt(name: string): Promise<Buffer<ArrayBuffer>> {
  try {
    return await readFile(prebuilt(name))
  } catch (cause) {
    throw new UserError(`the runtime is incomplete: ${name} is missing`, {
      where: prebuilt(name),
      hint: 'in a clone run: npm run setup; else install the package again',
      cause,
    })
  }
}
