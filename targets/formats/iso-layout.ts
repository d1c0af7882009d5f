import { ByteWriter } from '../../base/byte-writer.js'
import { u16, u16be, u32, u32be } from '../../base/struct.js'
import { directoryRecord, folderFlag, sectorSize } from './iso-structures.js'

/** A file's place: the disc is laid out by names and sizes alone, so that what is written may name places. */
export interface IsoEntry {
  /** With `/`; each name of upper-case letters, digits and `_`, at most 30, with at most one dot (7.5, level 2). */
  readonly path: string
  readonly size: number
  /** The bytes are a stretch of another entry: one copy, two names. `offset` is a multiple of 2,048. */
  readonly within?: { readonly path: string; readonly offset: number }
}

export interface IsoLayout {
  /** Bytes of the volume. */
  readonly size: number
  /** Byte at which an entry starts: a multiple of 2,048. */
  locate(path: string): number
}

/** Where everything will lie. */
export function layoutIso(entries: readonly IsoEntry[]): IsoLayout {
  const tree = placeTree(entries)
  return { size: tree.sectors * sectorSize, locate: (path) => nodeAt(tree, path).sector * sectorSize }
}

export interface Node {
  readonly path: string
  readonly name: string
  /** Undefined for a file. */
  readonly children: Node[] | undefined
  readonly parent: Node | undefined
  sector: number
  size: number
}

export interface Tree {
  /** In the order of the path table: by depth, then by parent, then by name (6.9.1). */
  readonly folders: readonly Node[]
  readonly nodes: readonly Node[]
  readonly pathTableSectors: number
  readonly sectors: number
}

/** After the volume descriptors. */
export const catalogueSector = 19
export const pathTableSector = 20

/** Folders, then files, each in one stretch, behind the two path tables. */
export function placeTree(entries: readonly IsoEntry[]): Tree {
  const nodes = makeNodes(entries)
  const folders = foldersByDepth(nodes)
  const pathTableSectors = Math.ceil(pathTable(folders, false).length / sectorSize)
  let next = pathTableSector + 2 * pathTableSectors
  const place = (node: Node, size: number) => {
    node.sector = next
    node.size = size
    next += Math.ceil(size / sectorSize)
  }
  for (const folder of folders) place(folder, folderData(folder).length)
  for (const { path, size, within } of entries) {
    if (within === undefined) place(find(nodes, path), size)
  }
  for (const { path, size, within } of entries) {
    if (within === undefined) continue
    const node = find(nodes, path)
    if (within.offset % sectorSize !== 0) throw new Error(`${path} does not start at a sector`)
    node.sector = find(nodes, within.path).sector + within.offset / sectorSize
    node.size = size
  }
  return { folders, nodes, pathTableSectors, sectors: next }
}

function makeNodes(entries: readonly IsoEntry[]): Node[] {
  const root: Node = { path: '', name: '', children: [], parent: undefined, sector: 0, size: 0 }
  const nodes = [root]
  for (const { path } of [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    let at = root
    const parts = path.split('/')
    parts.forEach((name, depth) => {
      const isFile = depth === parts.length - 1
      if (!/^(?=.{1,30}$)[A-Z0-9_]+(\.[A-Z0-9_]*)?$/.test(name))
        throw new Error(`not a name for a disc: ${path}`)
      const known = at.children?.find((child) => child.name === name)
      if (known !== undefined && (isFile || known.children === undefined))
        throw new Error(`two entries have the path ${path}`)
      const whole = parts.slice(0, depth + 1).join('/')
      const node = known ?? {
        path: whole,
        name,
        children: isFile ? undefined : [],
        parent: at,
        sector: 0,
        size: 0,
      }
      if (known === undefined) {
        at.children?.push(node)
        nodes.push(node)
      }
      at = node
    })
  }
  return nodes
}

function foldersByDepth(nodes: readonly Node[]): Node[] {
  const folders = nodes.slice(0, 1)
  for (const folder of folders) // grows while it is walked
    folders.push(...(folder.children ?? []).filter((child) => child.children !== undefined))
  return folders
}

function find(nodes: readonly Node[], path: string): Node {
  const node = nodes.find((candidate) => candidate.path === path)
  if (node === undefined) throw new Error(`${path} is not on the disc`)
  return node
}

export function nodeAt(tree: Tree, path: string): Node {
  return find(tree.nodes, path)
}

export function pathTable(folders: readonly Node[], big: boolean): Uint8Array {
  const out = new ByteWriter()
  for (const { name, sector, parent } of folders) {
    const stored = name === '' ? '\0' : name
    const number = parent === undefined ? 1 : folders.indexOf(parent) + 1
    out.bytes(Uint8Array.of(stored.length, 0))
    out.append(big ? u32be : u32, sector)
    out.append(big ? u16be : u16, number)
    out.text(stored)
    out.align(2)
  }
  return out.finish()
}

/** No record crosses the border of a sector (6.8.1.1). */
export function folderData(folder: Node): Uint8Array {
  const out = new ByteWriter(sectorSize)
  const parent = folder.parent ?? folder
  const children = [...(folder.children ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1))
  const records = [
    record(folder, '\0'),
    record(parent, '\x01'),
    ...children.map((child) =>
      record(child, child.children === undefined ? `${dotted(child.name)};1` : child.name),
    ),
  ]
  for (const bytes of records) {
    if ((out.length % sectorSize) + bytes.length > sectorSize) out.align(sectorSize)
    out.bytes(bytes)
  }
  out.align(sectorSize)
  return out.finish()
}

/** A file's name always has its dot (7.5.1). */
function dotted(name: string): string {
  return name.includes('.') ? name : `${name}.`
}

export function record(node: Node, name: string): Uint8Array {
  const length = directoryRecord.size + name.length + ((name.length + 1) % 2)
  const fields = directoryRecord.encode({
    length,
    extendedLength: 0,
    sector: node.sector,
    size: node.size,
    year: 80,
    month: 1,
    day: 1,
    timeOfDay: new Uint8Array(),
    flags: node.children === undefined ? 0 : folderFlag,
    unitSize: 0,
    gapSize: 0,
    volumeNumber: 1,
    nameLength: name.length,
  })
  const out = new Uint8Array(length)
  out.set(fields)
  out.set(Buffer.from(name, 'latin1'), fields.length)
  return out
}
