import type { RootfsEntry } from '../formats/entry.js'
import { textFile } from './package-files.js'
import type { Build } from './target.js'

export interface ContainerRoot {
  /** Where the app ELF stands. */
  readonly program: string
  /** Further entries, which stand in the place of those of the same path. */
  readonly entries?: readonly RootfsEntry[]
}

/** A root file system that a host mounts its own file systems into: the app's, its licence texts, and the folders that hosts expect. */
export function containerRoot(build: Build, { program, entries = [] }: ContainerRoot): RootfsEntry[] {
  const path = program.replace(/^\//, '')
  const moved = build.rootfs.map((entry) => (entry.path === 'init' ? { ...entry, path } : entry))
  const notices = textFile('usr/share/licenses/NOTICES.txt', new TextDecoder().decode(build.notices))
  const all = [...mountPoints, ...moved, notices, ...entries]
  return [...new Map(all.map((entry) => [entry.path, entry])).values()]
}

const mountPoints: readonly RootfsEntry[] = [
  ...['dev', 'etc', 'home', 'mnt', 'proc', 'run', 'sys', 'var'].map(
    (path): RootfsEntry => ({ path, type: 'dir', mode: 0o755 }),
  ),
  { path: 'root', type: 'dir', mode: 0o700 },
  { path: 'tmp', type: 'dir', mode: 0o1777 },
]
