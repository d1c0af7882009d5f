import { UserError } from '../../base/user-error.js'
import {
  type Archive,
  type ArchiveIndex,
  type ArchiveMember,
  isArchive,
  readArchiveIndex,
} from '../archive.js'
import type { LinkInput, LinkOptions } from '../image.js'
import type { Link } from '../model.js'
import { readObject } from '../object-reader.js'

/** Objects are read at once, of archives only the index: most members are never needed. */
export function readInputs(inputs: readonly LinkInput[], options: LinkOptions): Link {
  const link = emptyLink(options)
  const isObject = inputs.map(({ bytes }) => !isArchive(bytes))
  inputs.forEach((input, order) => {
    if (isObject[order]) link.objects.push(readObject(input, order))
  })
  // Backwards, so that the first of several definitions of a name is noted last, and stays.
  for (let order = inputs.length - 1; order >= 0; order--)
    if (!isObject[order]) noteSymbols(link.archives, { ...(inputs[order] as LinkInput) }, order)
  return link
}

function noteSymbols(known: ArchiveIndex, archive: Archive, order: number): void {
  const { names, offsets } = readArchiveIndex(archive)
  const members = new Map<number, ArchiveMember>()
  for (let i = names.length - 1; i >= 0; i--) {
    const offset = offsets[i] as number
    let member = members.get(offset)
    if (member === undefined) {
      member = { archive, order, offset, isFetched: false }
      members.set(offset, member)
    }
    known.set(names[i] as string, member)
  }
}

function emptyLink(options: LinkOptions): Link {
  const defaultEntry = { 'static-pie': '_start', kernel: 'pvh_start32', shared: undefined }
  const base = options.base ?? 0x200000n
  if (options.output === 'kernel' && (base % 4096n !== 0n || base >= 2n ** 32n)) {
    throw new UserError(`a kernel cannot be loaded at 0x${base.toString(16)}`, {
      hint: 'its base is a multiple of 4096 below 4 GiB, because it is entered in 32-bit mode',
    })
  }
  return {
    options,
    entry: options.entry ?? defaultEntry[options.output],
    objects: [],
    sections: [],
    symbols: new Map(),
    archives: new Map(),
    computed: new Map(),
    movingWords: [],
    oddMovingWords: [],
    made: [],
    got: [],
    outputs: [],
    segments: [],
    relr: undefined,
    tls: undefined,
    headerSize: 0,
  }
}
