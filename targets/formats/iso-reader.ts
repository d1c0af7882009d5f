import { UserError } from '../../base/user-error.js'
import { type ByteSource, readWithin } from './byte-source.js'
import {
  bootDescriptor,
  bootEntry,
  descriptor,
  directoryRecord,
  elTorito,
  folderFlag,
  headerId,
  primaryDescriptor,
  sectionHeader,
  sectorSize,
  validationEntry,
  validationMark,
} from './iso-structures.js'

export interface IsoContents {
  readonly volumeName: string
  readonly entries: readonly IsoFile[]
  /** What firmware starts; `platform` 0 is BIOS, 0xef UEFI. */
  readonly boot: readonly { readonly platform: number; readonly offset: number; readonly size: number }[]
}

export interface IsoFile {
  readonly path: string
  readonly type: 'file' | 'dir'
  readonly offset: number
  readonly size: number
  /** The file's bytes, read when asked for. */
  data(): Uint8Array
}

/** Reads any ISO 9660 image without its extensions, ours or another's. */
export function readIso(source: ByteSource): IsoContents {
  const volume = findDescriptor(source, descriptor.primary)
  if (volume === undefined) throw damaged('it has no primary volume descriptor')
  const primary = primaryDescriptor.decode(volume)
  const root = directoryRecord.decode(primary.root)
  const entries = readFolder(source, root.sector, root.size, '', new Set())
  return { volumeName: primary.volumeName, entries, boot: readBoot(source) }
}

/** Descriptors stand from sector 16 on; one of type 255 ends them (8.3). */
function findDescriptor(source: ByteSource, type: number): Uint8Array | undefined {
  for (let sector = 16; (sector + 1) * sectorSize <= source.size; sector++) {
    const raw = source.read(sector * sectorSize, sectorSize)
    if (Buffer.from(raw).toString('latin1', 1, 6) !== descriptor.standard) return undefined
    if (raw[0] === type) return raw
    if (raw[0] === descriptor.end) return undefined
  }
  return undefined
}

function readFolder(
  source: ByteSource,
  sector: number,
  size: number,
  prefix: string,
  seen: Set<number>,
): IsoFile[] {
  if (seen.has(sector)) throw damaged(`the folder ${prefix} holds itself`)
  seen.add(sector)
  const bytes = readWithin(source, sector * sectorSize, size)
  const found: IsoFile[] = []
  for (let at = 0; at + directoryRecord.size < bytes.length; ) {
    const length = bytes[at] ?? 0
    if (length === 0) {
      at = (Math.floor(at / sectorSize) + 1) * sectorSize // the rest of this sector is empty
      continue
    }
    const entry = directoryRecord.decode(bytes, at)
    if (length < directoryRecord.size + entry.nameLength || at + length > bytes.length)
      throw damaged('an entry of a folder is too long')
    const nameAt = at + directoryRecord.size
    found.push(
      ...readEntry(
        source,
        entry,
        Buffer.from(bytes.subarray(nameAt, nameAt + entry.nameLength)),
        prefix,
        seen,
      ),
    )
    at += length
  }
  return found
}

function readEntry(
  source: ByteSource,
  entry: { sector: number; size: number; flags: number },
  rawName: Buffer,
  prefix: string,
  seen: Set<number>,
): IsoFile[] {
  if (rawName.length === 1 && (rawName[0] ?? 0) < 2) return [] // this folder and its parent
  const path = prefix + rawName.toString('latin1').replace(/\.?;\d+$/, '')
  const offset = entry.sector * sectorSize
  const data = () => readWithin(source, offset, entry.size)
  if ((entry.flags & folderFlag) === 0) return [{ path, type: 'file', offset, size: entry.size, data }]
  const inside = readFolder(source, entry.sector, entry.size, `${path}/`, seen)
  return [{ path, type: 'dir', offset, size: entry.size, data }, ...inside]
}

function readBoot(source: ByteSource): IsoContents['boot'] {
  const raw = findDescriptor(source, descriptor.boot)
  const record = raw && bootDescriptor.decode(raw)
  if (record?.system !== elTorito) return []
  const all = readWithin(source, record.catalogue * sectorSize, sectorSize)
  const first = validationEntry.decode(all)
  if (first.header !== headerId.validation || first.mark !== validationMark || sumOfWords(all) !== 0)
    throw damaged('its boot catalogue is damaged')
  const found = [entryAt(all, 1, first.platform)]
  for (let at = 2; at < all.length / 32; ) {
    const { header, platform, entries } = sectionHeader.decode(all, at * 32)
    if (header !== headerId.section && header !== headerId.lastSection) break
    at++
    for (let n = 0; n < entries && at < all.length / 32; n++) found.push(entryAt(all, at++, platform))
    if (header === headerId.lastSection) break
  }
  return found
}

function entryAt(all: Uint8Array, index: number, platform: number): IsoContents['boot'][number] {
  const { sectors, start } = bootEntry.decode(all, index * 32)
  return { platform, offset: start * sectorSize, size: sectors * 512 }
}

function sumOfWords(all: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < 32; at += 2) sum += (all[at] ?? 0) + (all[at + 1] ?? 0) * 256
  return sum & 0xffff
}

function damaged(why: string): UserError {
  return new UserError(`not an ISO 9660 image that can be read: ${why}`)
}
