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
