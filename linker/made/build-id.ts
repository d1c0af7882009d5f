import { createHash } from 'node:crypto'
import { NT_GNU_BUILD_ID, noteHeader } from '../elf/note.js'
import { SHF, SHT } from '../elf/section.js'
import { outputNamed } from '../layout-queries.js'
import { linkerFile, newSection } from '../make.js'
import type { Link } from '../model.js'

const NAME = Buffer.from('GNU\0', 'latin1')
const SHA1_SIZE = 20
const SECTION = '.note.gnu.build-id'

export function makeBuildId(link: Link): void {
  const size = noteHeader.size + NAME.length + SHA1_SIZE
  const section = newSection(linkerFile, {
    name: SECTION,
    type: SHT.NOTE,
    flags: SHF.ALLOC,
    align: 4,
    size,
  })
  link.made.push({ section, fill: fillNote })
}

/** Hashes the finished file with zeros for the id, then puts the id in. Returns it in hex. */
export function stampBuildId(link: Link, file: Uint8Array): string {
  const output = outputNamed(link, SECTION)
  if (output === undefined) throw new Error(`${SECTION} was not made`)
  const id = createHash('sha1').update(file).digest()
  file.set(id, output.fileOffset + output.size - SHA1_SIZE)
  return id.toString('hex')
}

function fillNote(_link: Link, out: DataView): void {
  noteHeader.write(out, 0, { nameSize: NAME.length, descriptionSize: SHA1_SIZE, type: NT_GNU_BUILD_ID })
  NAME.forEach((byte, i) => {
    out.setUint8(noteHeader.size + i, byte)
  })
}
