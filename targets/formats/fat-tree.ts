import { type FatLayout, sectorSize } from './fat-layout.js'
import { directoryEntry, longEntries, shortNames } from './fat-name.js'

/** A file of the volume; the folders on its path are made. Names are told apart without regard to case. */
export interface FatFile {
  /** With `/`, without a leading one. */
  readonly path: string
  readonly data: Uint8Array
}

/** A file or folder, and where it lies in the volume. */
export interface Node {
  readonly path: string
  readonly name: string
  /** Undefined for a folder. */
  readonly data: Uint8Array | undefined
  readonly children: Node[]
  readonly parent: Node | undefined
  /** First of `count` clusters; 0 when there is none (an empty file, the root of FAT12 and FAT16). */
  cluster: number
  count: number
}

export function makeTree(files: readonly FatFile[]): Node {
  const root: Node = {
    path: '',
    name: '',
    data: undefined,
    children: [],
    parent: undefined,
    cluster: 0,
    count: 0,
  }
  for (const { path, data } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    let at = root
    const parts = path.split('/')
    parts.forEach((name, depth) => {
      const isFile = depth === parts.length - 1
      const same = at.children.find((child) => child.name.toUpperCase() === name.toUpperCase())
      if (name === '' || name === '.' || name === '..' || /["*/:<>?\\|]/.test(name) || name.length > 255)
        throw new Error(`not a name for a FAT volume: ${path}`)
      if (same !== undefined && (isFile || same.data !== undefined || same.name !== name))
        throw new Error(`two entries have the path ${path}`)
      const next = same ?? {
        ...{ path: parts.slice(0, depth + 1).join('/'), name, data: isFile ? data : undefined },
        ...{ children: [], parent: at, cluster: 0, count: 0 },
      }
      if (same === undefined) at.children.push(next)
      at = next
    })
  }
  return root
}

export function walk(node: Node): Node[] {
  return [node, ...node.children.flatMap(walk)]
}

/** Bytes that a node takes: the root's label and the two entries that other folders begin with are counted alike. */
export function nodeSize(node: Node): number {
  if (node.data !== undefined) return node.data.length
  const names = shortNames(node.children.map(({ name }) => name))
  const entries = node.children.reduce(
    (sum, { name }) => sum + 1 + longEntries(name, names.get(name) ?? new Uint8Array()).length,
    2,
  )
  return entries * directoryEntry.size
}

/** In order of path, each in one stretch. The root of FAT12 and FAT16 has an area of its own. */
export function placeNodes(root: Node, layout: FatLayout): Node[] {
  const nodes = walk(root)
  let next = 2
  for (const node of nodes) {
    if (node === root && layout.type !== 32) {
      if (nodeSize(node) > layout.rootEntries * directoryEntry.size)
        throw new Error('too many files in the root folder of a FAT volume')
      continue
    }
    node.count = Math.ceil(nodeSize(node) / (layout.clusterSectors * sectorSize))
    node.cluster = node.count === 0 ? 0 : next
    next += node.count
  }
  return nodes
}
