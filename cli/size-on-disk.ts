import { statSync } from 'node:fs'

/** What a file takes, holes left out. A file system that tells nothing of it tells 0 blocks. */
export function sizeOnDisk(file: string): number {
  const { size, blocks } = statSync(file)
  return blocks === 0 ? size : Math.min(size, blocks * 512)
}
