import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram, type Tool } from '../../base/find-program.js'
import { run } from '../../base/run.js'

export const tar: Tool = { program: 'tar', debianPackage: 'tar' }

/** Unpacks a tar archive, compressed or not, into `rootfs` below `work`. Returns that folder. */
export async function unpackRoot(archive: string, work: string): Promise<string> {
  const root = join(work, 'rootfs')
  mkdirSync(root)
  chmodSync(work, 0o755)
  await run(needProgram(tar, 'unpack a root file system'), ['--numeric-owner', '-xpf', archive, '-C', root])
  return root
}
