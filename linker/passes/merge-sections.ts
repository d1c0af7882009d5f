import { SHF, SHT } from '../elf/section.js'
import type { InputSection, Link, OutputSection } from '../model.js'
import { isSorted, outputName, placeInOutput } from '../section-names.js'

/** Gives every live section its output section: inputs in input order, then the merged strings, then what the linker makes. */
export function mergeSections(link: Link, pools: readonly InputSection[]): void {
  const outputs: Outputs = { all: [], byFlags: new Map() }
  link.sections.forEach((section) => {
    if (section.pieces === undefined) addMember(outputs, section)
  })
  for (const pool of pools) addMember(outputs, pool)
  for (const { section } of link.made) addMember(outputs, section)
  for (const output of outputs.all) if (isSorted(output.name)) output.members = sortMembers(output.members)
  link.outputs = outputs.all
}

interface Outputs {
  /** In the order of their making. */
  readonly all: OutputSection[]
  /** By what must not share one, then by name. */
  readonly byFlags: Map<number, Map<string, OutputSection>>
}

/** What is loaded differently must not share an output section, even under one name. */
const APART = SHF.WRITE | SHF.EXECINSTR | SHF.TLS
const NO_FLAGS = -1

function addMember(outputs: Outputs, section: InputSection): void {
  const output = outputFor(outputs, section)
  output.members.push(section)
  output.flags |= section.flags & (APART | SHF.ALLOC)
  if (output.align < section.align) output.align = section.align
  if (output.type === SHT.NOBITS) output.type = section.type
  section.output = output
}

function outputFor({ all, byFlags }: Outputs, section: InputSection): OutputSection {
  const name = outputName(section.name)
  // A section that is bounded by __start_ and __stop_ stays in one piece, whatever its inputs' flags.
  const flags = name.startsWith('.') ? section.flags & APART : NO_FLAGS
  let named = byFlags.get(flags)
  if (named === undefined) {
    named = new Map()
    byFlags.set(flags, named)
  }
  let output = named.get(name)
  if (output === undefined) {
    output = newOutput(name, section)
    named.set(name, output)
    all.push(output)
  }
  return output
}

function newOutput(name: string, first: InputSection): OutputSection {
  const { type, flags } = first
  return {
    name,
    type,
    flags: flags & (APART | SHF.ALLOC),
    align: 1,
    members: [],
    size: 0,
    address: 0,
    fileOffset: 0,
  }
}

/** Few places are told apart, so members are dealt out rather than compared. */
function sortMembers(members: readonly InputSection[]): InputSection[] {
  const byPlace = new Map<number, InputSection[]>()
  members.forEach((member) => {
    const place = placeInOutput(member.name)
    const same = byPlace.get(place)
    if (same === undefined) byPlace.set(place, [member])
    else same.push(member)
  })
  return [...byPlace.keys()].sort((a, b) => a - b).flatMap((place) => byPlace.get(place) ?? [])
}
