import { SHF, SHT } from '../elf/section.js'
import type { InputSection, Link, OutputSection } from '../model.js'
import { isSorted, outputName, placeInOutput } from '../section-names.js'

/** Gives every live section its output section: inputs in input order, then the merged strings, then what the linker makes. */
export function mergeSections(link: Link, pools: readonly InputSection[]): void {
  const outputs: Outputs = { all: [], byName: new Map() }
  for (const section of link.sections) if (section.pieces === undefined) addMember(outputs, section)
  for (const pool of pools) addMember(outputs, pool)
  for (const { section } of link.made) addMember(outputs, section)
  for (const output of outputs.all) if (isSorted(output.name)) output.members = sortMembers(output.members)
  link.outputs = outputs.all
}

interface Outputs {
  /** In the order of their making. */
  readonly all: OutputSection[]
  readonly byName: Map<string, OutputSection[]>
}

/** What is loaded differently must not share an output section, even under one name. */
const APART = SHF.WRITE | SHF.EXECINSTR | SHF.TLS

function addMember(outputs: Outputs, section: InputSection): void {
  const output = outputFor(outputs, section)
  output.members.push(section)
  output.flags |= section.flags & (APART | SHF.ALLOC)
  if (output.align < section.align) output.align = section.align
  if (output.type === SHT.NOBITS) output.type = section.type
  section.output = output
}

function outputFor({ all, byName }: Outputs, section: InputSection): OutputSection {
  const name = outputName(section.name)
  const sameName = byName.get(name) ?? []
  for (const output of sameName) {
    // A section that is bounded by __start_ and __stop_ stays in one piece, whatever its inputs' flags.
    if (((output.flags ^ section.flags) & APART) === 0 || !name.startsWith('.')) return output
  }
  const output = newOutput(name, section)
  all.push(output)
  byName.set(name, [...sameName, output])
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
  for (const member of members) {
    const place = placeInOutput(member.name)
    const same = byPlace.get(place)
    if (same === undefined) byPlace.set(place, [member])
    else same.push(member)
  }
  return [...byPlace.keys()].sort((a, b) => a - b).flatMap((place) => byPlace.get(place) ?? [])
}
