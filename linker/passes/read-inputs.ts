import { UserError } from '../../base/user-error.js'
import { isArchive, readArchiveIndex } from '../archive.js'
import type { LinkInput, LinkOptions } from '../image.js'
import type { Link } from '../model.js'
import { readObject } from '../object-reader.js'

/** Objects are read at once, of archives only the index: most members are never needed. */
export function readInputs(inputs: readonly LinkInput[], options: LinkOptions): Link {
  const link = emptyLink(options)
  inputs.forEach((input, order) => {
    if (!isArchive(input.bytes)) {
      link.objects.push(readObject(input, order))
      return
    }
    for (const [name, offset] of readArchiveIndex(input)) {
      if (!link.archives.has(name)) link.archives.set(name, { archive: input, order, offset })
    }
  })
  return link
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
