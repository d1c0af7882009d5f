import { UserError } from '../../base/user-error.js'
import { fileHeader } from '../elf/header.js'
import { programHeader } from '../elf/program.js'
import { SHF, SHT } from '../elf/section.js'
import { align, PAGE } from '../layout-queries.js'
import type { Link, OutputSection, Place, Segment } from '../model.js'
import { describeSegments } from '../program-headers.js'
import { packRelr } from '../relr.js'

/**
 * Addresses and file offsets for everything. The RELR table's size depends on addresses, and lies before what it
 * describes: lay out again until the table fits what was set aside for it. It may only grow, so this ends.
 */
export function layOut(link: Link): void {
  for (const output of link.outputs) placeMembers(output)
  alignTls(link)
  link.headerSize = fileHeader.size + describeSegments(link).length * programHeader.size
  do placeSegments(link)
  while (packMovingWords(link))
  const end = link.segments.at(-1)
  if (end !== undefined && end.address + end.memorySize >= 2 ** 47)
    throw new UserError('the image does not fit the address space')
  link.tls = findTls(link)
  for (const [symbol, compute] of link.computed) symbol.address = compute(link)
}

/** The thread-local image is copied as a whole, so its start has the widest alignment of its parts. */
function alignTls(link: Link): void {
  const sections = link.outputs.filter((output) => output.flags & SHF.TLS)
  const first = sections[0]
  if (first !== undefined) first.align = Math.max(...sections.map((section) => section.align))
}

function placeMembers(output: OutputSection): void {
  let size = 0
  output.members.forEach((member) => {
    member.offset = align(size, member.align)
    size = member.offset + member.size
  })
  output.size = size
}

/**
 * Segments follow one another on fresh pages. In an app the file is kept dense: address and offset agree within a page,
 * so a page of the file may be mapped twice. A kernel is also loaded by simpler loaders, and starts each on a page of the file.
 */
function placeSegments(link: Link): void {
  const isKernel = link.options.output === 'kernel'
  let address = isKernel ? Number(link.options.base ?? 0x200000n) : 0
  let offset = isKernel ? PAGE : 0
  for (const segment of link.segments) {
    const widest = Math.max(PAGE, ...segment.sections.map((section) => section.align))
    segment.align = isKernel ? PAGE : widest
    if (isKernel && segment.sections.length > 0) offset = align(offset, PAGE)
    address = align(address, isKernel ? widest : PAGE)
    address += (((offset - address) % segment.align) + segment.align) % segment.align
    segment.address = address
    segment.fileOffset = offset
    placeSections(segment, segment === link.segments[0] && !isKernel ? link.headerSize : 0, isKernel)
    address += segment.memorySize
    offset += segment.fileSize
  }
}

function placeSections(segment: Segment, headerSize: number, isKernel: boolean): void {
  let memory = headerSize
  let file = headerSize
  for (const section of segment.sections) {
    const clears = section.type === SHT.NOBITS
    const isThreadLocal = (section.flags & SHF.TLS) !== 0
    // Start code clears a kernel's .bss by whole pages.
    const alignment = isKernel && clears && memory === file ? Math.max(PAGE, section.align) : section.align
    section.address = align(segment.address + memory, alignment)
    section.fileOffset = segment.fileOffset + (clears ? file : section.address - segment.address)
    // Each thread has a copy of .tbss; the image itself has none.
    if (clears && isThreadLocal) continue
    memory = section.address - segment.address + section.size
    if (!clears) file = memory
  }
  segment.memorySize = memory
  segment.fileSize = file
}

/** True when the table outgrew its place. A table that turns out smaller is filled up with empty bitmaps. */
function packMovingWords(link: Link): boolean {
  const { relr } = link
  if (relr === undefined) return false
  relr.words = packRelr(addressesOf(link.movingWords))
  const size = relr.words.length * 4
  const { section } = relr
  if (size <= section.size || section.output === undefined) return false
  section.size = size
  placeMembers(section.output)
  return true
}

/** Ascending. */
function addressesOf(places: readonly Place[]): Float64Array {
  const addresses = new Float64Array(places.length)
  places.forEach(({ section, offset }, i) => {
    addresses[i] = (section.output?.address ?? 0) + section.offset + offset
  })
  return addresses.sort()
}

function findTls(link: Link): Link['tls'] {
  const sections = link.outputs.filter((output) => output.flags & SHF.TLS)
  const first = sections[0]
  if (first === undefined) return undefined
  const end = Math.max(...sections.map((section) => section.address + section.size))
  const fileEnd = Math.max(
    first.address,
    ...sections
      .filter((section) => section.type !== SHT.NOBITS)
      .map((section) => section.address + section.size),
  )
  return {
    start: first.address,
    fileSize: fileEnd - first.address,
    memorySize: end - first.address,
    align: first.align,
  }
}
