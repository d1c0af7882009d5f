import { array, assertSize, bytes, i32, size64, struct, text, u32, viewOf } from '../../base/struct.js'
import { blockedSource, usedBlocks } from './blocks.js'
import { type ByteSource, readWithin, sourcePart } from './byte-source.js'
import { damaged, explained } from './damaged.js'
import { diskId } from './disk-id.js'
import { guid, guidFrom } from './guid.js'
import { movedTo, type SparseImage, sparseImage } from './sparse-image.js'

/** VirtualBox disk image, version 1.1 (VirtualBox, src/VBox/Storage/VDICore.h). */
const geometry = struct({ cylinders: u32, heads: u32, sectors: u32, sectorSize: u32 })
const header = struct({
  description: text(64),
  signature: u32,
  version: u32,
  headerSize: u32,
  type: u32,
  flags: u32,
  comment: text(256),
  mapOffset: u32,
  dataOffset: u32,
  oldGeometry: geometry,
  unused: u32,
  diskSize: size64,
  blockSize: u32,
  blockExtra: u32,
  blocks: u32,
  blocksAllocated: u32,
  id: guid,
  snapshotId: guid,
  linkId: guid,
  parentSnapshotId: guid,
  geometry,
  padding: bytes(40),
})
assertSize(header, 512)

const format = 'a VDI image'
const signature = 0xbeda107f
const version = 0x00010001
const MiB = 1 << 20
const noBlock = -1
const noId = '00000000-0000-0000-0000-000000000000'
const noGeometry = { cylinders: 0, heads: 0, sectors: 0, sectorSize: 512 }
/** What the header counts as its own size: from this field on. */
const headerSize = 400

/** A disk that grows as it is written, in blocks of 1 MiB. */
export function writeVdi(disk: SparseImage): SparseImage {
  const used = usedBlocks(disk, MiB)
  const blocks = Math.ceil(disk.size / MiB)
  const map = array(blocks, i32)
  const mapOffset = header.size
  const dataOffset = Math.ceil((mapOffset + map.size) / MiB) * MiB
  const places = new Array<number>(blocks).fill(noBlock)
  used.forEach(({ index }, at) => {
    places[index] = at
  })
  const table = new Uint8Array(map.size)
  map.write(viewOf(table), 0, places)
  const first = header.encode({
    ...{
      description: '<<< Oracle VM VirtualBox Disk Image >>>\n',
      signature,
      version,
      headerSize,
      type: 1,
      flags: 0,
    },
    ...{ comment: '', mapOffset, dataOffset, oldGeometry: noGeometry, unused: 0, diskSize: disk.size },
    ...{ blockSize: MiB, blockExtra: 0, blocks, blocksAllocated: used.length },
    ...idsOf(disk),
    ...{ linkId: noId, parentSnapshotId: noId, geometry: noGeometry, padding: new Uint8Array() },
  })
  return sparseImage(dataOffset + used.length * MiB, [
    { offset: 0, data: first },
    { offset: mapOffset, data: table },
    ...used.flatMap(({ pieces }, at) => movedTo(dataOffset + at * MiB, { size: MiB, pieces })),
  ])
}

/** VirtualBox registers disks by them. */
function idsOf(disk: SparseImage): { id: string; snapshotId: string } {
  const id = diskId('vdi', disk)
  return { id, snapshotId: guidFrom('snapshot', id) }
}

/** The disk in an image without a parent. */
export function readVdi(source: ByteSource): ByteSource {
  return explained(format, () => {
    const found = header.decode(readWithin(source, 0, header.size))
    if (found.signature !== signature) throw damaged(format, 'its signature is another')
    if (found.version !== version) throw damaged(format, `version ${found.version.toString(16)}`)
    if (found.type !== 1 && found.type !== 2) throw damaged(format, 'it needs another image')
    const { blockSize, blockExtra, dataOffset, diskSize } = found
    if (blockSize < 512 || diskSize > blockSize * found.blocks) throw damaged(format, 'the map is too small')
    const map = sourcePart(source, found.mapOffset, found.blocks * 4)
    return blockedSource(format, diskSize, blockSize, (index) => {
      const at = viewOf(readWithin(map, index * 4, 4)).getInt32(0, true)
      if (at < 0) return undefined // never written, or discarded
      return sourcePart(source, dataOffset + at * (blockSize + blockExtra) + blockExtra, blockSize)
    })
  })
}
