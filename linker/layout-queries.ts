import { SHT } from './elf/section.js'
import type { Link, LinkAddress, OutputSection, Segment, SegmentKind } from './model.js'

/** Questions to a finished layout. A section that is absent counts as empty. */

export const PAGE = 4096

export function align(value: number, alignment: number): number {
  const beyond = value % alignment // no division: its fraction would be a heap number
  return beyond === 0 ? value : value + alignment - beyond
}

export function pageUp(address: LinkAddress): LinkAddress {
  return align(address, PAGE)
}

export function pageDown(address: LinkAddress): LinkAddress {
  return address - (address % PAGE)
}

export function outputNamed(link: Link, name: string): OutputSection | undefined {
  return link.outputs.find((output) => output.name === name)
}

export function startOf(name: string): (link: Link) => LinkAddress {
  return (link) => outputNamed(link, name)?.address ?? imageStart(link)
}

export function endOf(name: string): (link: Link) => LinkAddress {
  return (link) => {
    const output = outputNamed(link, name)
    return output === undefined ? imageStart(link) : output.address + output.size
  }
}

export function imageStart(link: Link): LinkAddress {
  return link.segments[0]?.address ?? 0
}

export function imageEnd(link: Link): LinkAddress {
  const last = link.segments.at(-1)
  return last === undefined ? 0 : last.address + last.memorySize
}

/** Planned segments exist even when nothing lies in them; a shared object has only the one for text. */
export function segmentStart(kind: SegmentKind): (link: Link) => LinkAddress {
  return (link) => segmentOf(link, kind)?.address ?? imageEnd(link)
}

/** The end in memory, .bss included. */
export function segmentEnd(kind: SegmentKind): (link: Link) => LinkAddress {
  return (link) => {
    const segment = segmentOf(link, kind)
    return segment === undefined ? imageEnd(link) : segment.address + segment.memorySize
  }
}

/** Where the data that the file holds ends, and that which is only cleared begins. */
export function bssStart(link: Link): LinkAddress {
  const cleared = segmentOf(link, 'data')?.sections.find((section) => section.type === SHT.NOBITS)
  return cleared?.address ?? segmentEnd('data')(link)
}

function segmentOf(link: Link, kind: SegmentKind): Segment | undefined {
  return link.segments.find((segment) => segment.kind === kind)
}
