import { createHash } from 'node:crypto'
import type { ByteSource } from './byte-source.js'
import { type Bytes, type Content, sha256Of } from './content.js'
import { damaged } from './damaged.js'
import { type OvfMachine, writeOvf } from './ovf.js'
import type { SparseImage } from './sparse-image.js'
import { tarImage, tarMembers } from './tar-image.js'

const format = 'an OVA package'

/** An appliance in one file (OVF 2.1, clause 6): descriptor, digests of the others, disk. `mtime` is in seconds since 1970. */
export function writeOva(machine: OvfMachine, disk: Content, mtime: number): SparseImage<Bytes> {
  const descriptor = writeOvf(machine)
  const digests = [
    manifestLine(`${machine.name}.ovf`, sha256Of(descriptor)),
    manifestLine(machine.disk.file, sha256Of(disk)),
  ]
  return tarImage(
    [
      { name: `${machine.name}.ovf`, data: descriptor },
      { name: `${machine.name}.mf`, data: new TextEncoder().encode(digests.join('')) },
      { name: machine.disk.file, data: disk },
    ],
    mtime,
  )
}

/** What a package holds, its digests checked. */
export interface Ova {
  readonly descriptor: string
  readonly files: ReadonlyMap<string, ByteSource>
}

export function readOva(source: ByteSource): Ova {
  const [first, ...others] = tarMembers(source)
  if (first === undefined || !first[0].endsWith('.ovf'))
    throw damaged(format, 'its first file is no descriptor')
  const manifest = others.find(([name]) => name.endsWith('.mf'))
  const files = new Map([first, ...others].filter(([name]) => name !== manifest?.[0]))
  for (const [, name = '', digest] of textOf(manifest?.[1]).matchAll(/^SHA256\((.*)\)= *([0-9a-f]{64})$/gm)) {
    const file = files.get(name)
    if (file === undefined) throw damaged(format, `${name} is missing`)
    if (sha256(file) !== digest) throw damaged(format, `${name} is not what the manifest says`)
  }
  return { descriptor: textOf(first[1]), files }
}

function manifestLine(name: string, digest: string): string {
  return `SHA256(${name})= ${digest}\n`
}

function textOf(source: ByteSource | undefined): string {
  return source === undefined ? '' : new TextDecoder().decode(source.read(0, source.size))
}

function sha256(source: ByteSource): string {
  const hash = createHash('sha256')
  const step = 1 << 20
  for (let at = 0; at < source.size; at += step)
    hash.update(source.read(at, Math.min(step, source.size - at)))
  return hash.digest('hex')
}
