import { ByteWriter } from '../../base/byte-writer.js'
import {
  catalogueSector,
  folderData,
  type IsoEntry,
  nodeAt,
  pathTable,
  pathTableSector,
  placeTree,
  record,
  type Tree,
} from './iso-layout.js'
import {
  bootDescriptor,
  bootEntry,
  descriptor,
  elTorito,
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

export interface IsoOptions {
  /** Of upper-case letters, digits and `_`, at most 32. */
  readonly volumeName: string
  /** Paths of the images that firmware starts. */
  readonly boot: { readonly bios?: string; readonly efi?: string }
  /** What stands in the 32 KiB before the volume, and behind it, for a disc that is also a disk. */
  readonly around?: readonly Piece[]
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
