import type { Bytes } from './content.js'

/** One entry of a root file system, for cpio, tar and layers alike. Owner is root; times are 0. */
export interface RootfsEntry {
  /** Path with `/`, without a leading slash: `etc/hosts`. */
  readonly path: string
  readonly type: 'file' | 'dir' | 'symlink'
  /** Permission bits, 0o755. */
  readonly mode: number
  /** File content. */
  readonly data?: Uint8Array
  /** Target of a symbolic link. */
  readonly target?: string
}

/** What is written into an archive: content need not be in memory. */
export interface ArchiveEntry extends Omit<RootfsEntry, 'data'> {
  readonly data?: Bytes
}

/**
 * The entries as an archive holds them: sorted by path, so that the bytes do not depend on the order given, and with the
 * folders that nobody listed (mode 755), each before what is in it.
 */
export function archiveOrder<T extends ArchiveEntry>(entries: readonly T[]): readonly (T | RootfsEntry)[] {
  const byPath = new Map<string, T | RootfsEntry>()
  for (const entry of entries) {
    const { path } = entry
    if (path === '' || path.split('/').some((part) => part === '' || part === '.' || part === '..'))
      throw new Error(`not a path of a root file system: ${path}`)
    if (byPath.has(path)) throw new Error(`two entries have the path ${path}`)
    byPath.set(path, entry)
  }
  for (const path of [...byPath.keys()]) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      const parent = path.slice(0, at)
      if (!byPath.has(parent)) byPath.set(parent, { path: parent, type: 'dir', mode: 0o755 })
    }
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** What the entry's data is in an archive: a file's content, a link's target. */
export function entryData(entry: RootfsEntry): Uint8Array
export function entryData(entry: ArchiveEntry): Bytes
export function entryData(entry: ArchiveEntry): Bytes {
  if (entry.type === 'symlink') return new TextEncoder().encode(entry.target ?? '')
  return entry.type === 'file' ? (entry.data ?? new Uint8Array()) : new Uint8Array()
}
