import { ByteWriter } from '../../base/byte-writer.js'
import { u16, u16be, u32, u32be } from '../../base/struct.js'
import {
  bootDescriptor,
  bootEntry,
  descriptor,
  directoryRecord,
  elTorito,
  folderFlag,
  headerId,
  platforms,
  primaryDescriptor,
  sectionHeader,
  sectorSize,
  times,
  validationEntry,
  validationMark,
} from './iso-structures.js'
import { movedTo, type Piece, type SparseImage, sparseImage } from './sparse-image.js'

/** A file's place: the disc is laid out by names and sizes alone, so that what is written may name places. */
export interface IsoEntry {
  /** With `/`; each name of upper-case letters, digits and `_`, at most 30, with at most one dot (7.5, level 2). */
  readonly path: string
  readonly size: number
  /** The bytes are a stretch of another entry: one copy, two names. `offset` is a multiple of 2,048. */
  readonly within?: { readonly path: string; readonly offset: number }
}

export interface IsoOptions {
  /** Of upper-case letters, digits and `_`, at most 32. */
  readonly volumeName: string
  /** Paths of the images that firmware starts. */
  readonly boot: { readonly bios?: string; readonly efi?: string }
  /** What stands in the 32 KiB before the volume, and behind it, for a disc that is also a disk. */
  readonly around?: readonly Piece[]
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

/** A disc image (ECMA-119) that BIOS and UEFI boot by El Torito without emulation; all times are 1980-01-01. */
export function writeIso(
  entries: readonly IsoEntry[],
  content: (path: string) => SparseImage,
  options: IsoOptions,
): SparseImage {
  const tree = placeTree(entries)
  const at = (sector: number, data: Uint8Array): Piece => ({ offset: sector * sectorSize, data })
  const files = entries
    .filter((entry) => entry.within === undefined)
    .flatMap((entry) => {
      const image = content(entry.path)
      if (image.size !== entry.size) throw new Error(`${entry.path} is not as large as it was laid out`)
      return movedTo(nodeAt(tree, entry.path).sector * sectorSize, image)
    })
  const around = options.around ?? []
  const end = Math.max(...around.map(({ offset, data }) => offset + data.length), 0)
  const sectors = Math.max(tree.sectors, Math.ceil(end / sectorSize))
  return sparseImage(sectors * sectorSize, [
    ...around,
    at(16, primary(tree, sectors, options)),
    at(17, bootRecord()),
    at(18, Uint8Array.of(descriptor.end, ...Buffer.from(descriptor.standard), 1)),
    at(catalogueSector, catalogue(tree, options.boot)),
    at(pathTableSector, pathTable(tree.folders, false)),
    at(pathTableSector + tree.pathTableSectors, pathTable(tree.folders, true)),
    ...tree.folders.map((folder) => at(folder.sector, folderData(folder))),
    ...files,
  ])
}

interface Node {
  readonly path: string
  readonly name: string
  /** Undefined for a file. */
  readonly children: Node[] | undefined
  readonly parent: Node | undefined
  sector: number
  size: number
}

interface Tree {
  /** In the order of the path table: by depth, then by parent, then by name (6.9.1). */
  readonly folders: readonly Node[]
  readonly nodes: readonly Node[]
  readonly pathTableSectors: number
  readonly sectors: number
}

const catalogueSector = 19
const pathTableSector = 20

function placeTree(entries: readonly IsoEntry[]): Tree {
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

function nodeAt(tree: Tree, path: string): Node {
  return find(tree.nodes, path)
}

function primary(tree: Tree, sectors: number, options: IsoOptions): Uint8Array {
  const [root] = tree.folders
  const table = pathTable(tree.folders, false).length
  return primaryDescriptor.encode({
    type: descriptor.primary,
    standard: descriptor.standard,
    version: 1,
    systemName: '',
    volumeName: options.volumeName,
    sectors,
    setSize: 1,
    setNumber: 1,
    blockSize: sectorSize,
    pathTableSize: table,
    pathTable: pathTableSector,
    optionalPathTable: 0,
    pathTableBig: pathTableSector + tree.pathTableSectors,
    optionalPathTableBig: 0,
    root: root === undefined ? new Uint8Array() : record(root, '\0'),
    setName: '',
    publisher: '',
    preparer: '',
    application: 'UNIK',
    copyrightFile: '',
    abstractFile: '',
    bibliographyFile: '',
    ...times,
    structureVersion: 1,
  })
}

function bootRecord(): Uint8Array {
  const fields = { type: descriptor.boot, standard: descriptor.standard, version: 1, system: elTorito }
  return bootDescriptor.encode({ ...fields, catalogue: catalogueSector })
}

function catalogue(tree: Tree, boot: IsoOptions['boot']): Uint8Array {
  const images = (['bios', 'efi'] as const).flatMap((name) => {
    const path = boot[name]
    return path === undefined ? [] : [{ platform: platforms[name], node: nodeAt(tree, path) }]
  })
  const out = new ByteWriter(sectorSize)
  images.forEach(({ platform, node }, index) => {
    const header = index === images.length - 1 ? headerId.lastSection : headerId.section
    if (index === 0) out.bytes(validation(platform))
    else out.append(sectionHeader, { header, platform, entries: 1, name: '' })
    out.append(bootEntry, {
      bootable: headerId.bootable,
      medium: 0,
      segment: 0,
      systemType: 0,
      // What 16 bits cannot count UEFI takes to reach to the end of the disc (UEFI 2.10, 13.3.2.1).
      sectors: node.size > 0xffff * 512 ? 0 : Math.ceil(node.size / 512),
      start: node.sector,
    })
  })
  return out.finish()
}

function validation(platform: number): Uint8Array {
  const value = { header: headerId.validation, platform, maker: '', checksum: 0, mark: validationMark }
  const sum = headerId.validation + platform * 256 + validationMark
  return validationEntry.encode({ ...value, checksum: -sum & 0xffff })
}

function pathTable(folders: readonly Node[], big: boolean): Uint8Array {
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

// No record crosses the border of a sector (6.8.1.1).
function folderData(folder: Node): Uint8Array {
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

function record(node: Node, name: string): Uint8Array {
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
