import type { RootfsEntry } from '../../../targets/formats/entry.js'

const fill = (size: number, value: number) => new Uint8Array(size).fill(value)

/** Every kind of entry, names that need care, and enough files for every alignment; sorted. */
export const sampleTree: readonly RootfsEntry[] = [
  { path: 'bin', type: 'dir', mode: 0o755 },
  { path: 'bin/sh', type: 'symlink', mode: 0o777, target: '../init' },
  { path: 'empty', type: 'file', mode: 0o600, data: new Uint8Array() },
  { path: 'etc', type: 'dir', mode: 0o700 },
  { path: 'etc/ä ö', type: 'file', mode: 0o644, data: fill(5, 1) },
  { path: 'init', type: 'file', mode: 0o4755, data: fill(10_000, 2) },
  { path: 'many', type: 'dir', mode: 0o755 },
  ...Array.from(
    { length: 90 },
    (_, i): RootfsEntry => ({
      path: `many/${'n'.repeat(i + 60)}`,
      type: 'file',
      mode: 0o644,
      data: fill(1 + i * 53, i),
    }),
  ),
  { path: 'tmp', type: 'dir', mode: 0o1777 },
]
