import { assertSize, struct, text } from '../../base/struct.js'
import { UserError } from '../../base/user-error.js'
import { type Bytes, type Content, contentOf } from './content.js'
import { PieceWriter } from './pieces.js'

export interface ArMember<D extends Bytes = Uint8Array> {
  /** At most 15 letters, as Debian packages need them. */
  readonly name: string
  readonly data: D
}

/** ar(5), the common format: numbers are decimal, the mode octal, all filled up with spaces. */
const header = struct({
  name: text(16, ' '),
  mtime: text(12, ' '),
  uid: text(6, ' '),
  gid: text(6, ' '),
  mode: text(8, ' '),
  size: text(10, ' '),
  end: text(2),
})
assertSize(header, 60)

const magic = '!<arch>\n'
const headerEnd = '`\n'

/** Members in the order given, owner root, mode 644. */
export function writeAr(members: readonly ArMember<Bytes>[], mtime: number): Content {
  const out = new PieceWriter()
  out.text(magic)
  for (const { name, data } of members) {
    if (!/^[\w.-]{1,15}$/.test(name)) throw new Error(`not a name of an ar member: ${name}`)
    out.append(header, {
      ...{ name, mtime: String(mtime), uid: '0', gid: '0', mode: '100644' },
      ...{ size: String(data.length), end: headerEnd },
    })
    out.bytes(data)
    if (data.length % 2 === 1) out.text('\n')
  }
  return contentOf(out.finish())
}

export function readAr(archive: Uint8Array): ArMember[] {
  if (new TextDecoder().decode(archive.subarray(0, magic.length)) !== magic) throw notAr(0, 'no signature')
  const members: ArMember[] = []
  for (let at = magic.length; at < archive.length; ) {
    if (at + header.size > archive.length) throw notAr(at, 'it ends in a header')
    const { name, size, end } = header.decode(archive, at)
    if (end !== headerEnd || !/^\d+$/.test(size)) throw notAr(at, 'no header where one must be')
    const dataAt = at + header.size
    const dataEnd = dataAt + Number(size)
    if (dataEnd > archive.length) throw notAr(at, 'it ends in the middle of a member')
    members.push({ name: name.replace(/\/$/, ''), data: archive.subarray(dataAt, dataEnd) })
    at = dataEnd + (dataEnd % 2)
  }
  return members
}

function notAr(at: number, why: string): UserError {
  return new UserError(`not an ar archive: ${why}`, { where: `offset ${at}` })
}
