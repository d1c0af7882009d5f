import { guidFrom } from './guid.js'
import type { SparseImage } from './sparse-image.js'

/** What platforms know a disk by: the same content has the same identifier, in each format its own. */
export function diskId(format: string, disk: SparseImage): string {
  return guidFrom(format, ...disk.pieces.flatMap(({ offset, data }) => [String(offset), data]))
}
