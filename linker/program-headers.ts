import { PF, type ProgramHeader, PT } from './elf/program.js'
import { SHF, SHT } from './elf/section.js'
import type { Link, OutputSection, Segment } from './model.js'

/** The program headers of the present layout. How many there are is known before the first one. */
export function describeSegments(link: Link): ProgramHeader[] {
  const headers = link.segments.filter((segment) => isLoaded(link, segment)).map(loadHeader)
  const dynamic = link.outputs.find((output) => output.type === SHT.DYNAMIC)
  const relro = link.segments.find((segment) => segment.kind === 'relro')
  // glibc relocates a dynamic section in place only where its header says that it is writable.
  if (dynamic !== undefined)
    headers.push(header(PT.DYNAMIC, relro === undefined ? PF.R : PF.R | PF.W, dynamic, 8))
  for (const run of noteRuns(link)) headers.push(run)
  if (link.outputs.some((output) => output.flags & SHF.TLS)) headers.push(tlsHeader(link))
  if (relro !== undefined && isLoaded(link, relro)) headers.push(relroHeader(relro))
  if (link.options.output !== 'kernel')
    headers.push({ ...NOWHERE, type: PT.GNU_STACK, flags: PF.R | PF.W, align: 16 })
  return headers
}

const NOWHERE = { offset: 0, address: 0n, physicalAddress: 0n, fileSize: 0, memorySize: 0 } as const

/** The first segment of an app holds the ELF header at least. */
function isLoaded(link: Link, segment: Segment): boolean {
  const holdsHeaders = segment === link.segments[0] && link.options.output !== 'kernel'
  return holdsHeaders || segment.sections.some((section) => section.size > 0)
}

function loadHeader(segment: Segment): ProgramHeader {
  const { flags, fileSize, memorySize, align } = segment
  return at(segment, { type: PT.LOAD, flags, fileSize, memorySize, align })
}

/** Start code protects whole pages, up to __relro_end: the next segment starts on a fresh one. */
function relroHeader(relro: Segment): ProgramHeader {
  const { fileSize, memorySize } = relro
  return at(relro, { type: PT.GNU_RELRO, flags: PF.R, fileSize, memorySize, align: 1 })
}

function tlsHeader(link: Link): ProgramHeader {
  const first = link.outputs.find((output) => output.flags & SHF.TLS)
  if (first === undefined || link.tls === undefined)
    return { ...NOWHERE, type: PT.TLS, flags: PF.R, align: 1 }
  const { fileSize, memorySize, align } = link.tls
  return at(first, { type: PT.TLS, flags: PF.R, fileSize, memorySize, align })
}

/** Readers step through a note segment by its alignment, so notes of unequal alignment get segments of their own. */
function noteRuns(link: Link): ProgramHeader[] {
  const runs: OutputSection[][] = []
  for (const output of link.outputs) {
    if (output.type !== SHT.NOTE) continue
    const run = runs.at(-1)
    if (run?.[0]?.align === output.align) run.push(output)
    else runs.push([output])
  }
  return runs.flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const last = others.at(-1) ?? first
    const size = last.address + last.size - first.address
    return at(first, { type: PT.NOTE, flags: PF.R, fileSize: size, memorySize: size, align: first.align })
  })
}

function header(type: number, flags: number, output: OutputSection, align: number): ProgramHeader {
  return at(output, { type, flags, fileSize: output.size, memorySize: output.size, align })
}

type Rest = Omit<ProgramHeader, 'offset' | 'address' | 'physicalAddress'>

/** Physical addresses matter to a kernel's loader, which reads nothing else; they equal the virtual ones. */
function at(start: { address: number; fileOffset: number }, rest: Rest): ProgramHeader {
  const address = BigInt(start.address)
  return { ...rest, offset: start.fileOffset, address, physicalAddress: address }
}
