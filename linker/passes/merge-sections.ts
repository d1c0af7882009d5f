import { SHF, SHT } from '../elf/section.js'
import type { InputSection, Link, OutputSection } from '../model.js'
import { outputName, placeInOutput } from '../section-names.js'

/** Gives every live section its output section: inputs in input order, then the merged strings, then what the linker makes. */
export function mergeSections(link: Link, pools: readonly InputSection[]): void {
  const outputs = new Map<string, OutputSection>()
  for (const file of link.objects) {
    for (const section of file.sections)
      if (section?.live && section.pieces === undefined) addMember(outputs, section)
  }
  for (const pool of pools) addMember(outputs, pool)
  for (const { section } of link.made) addMember(outputs, section)
  for (const output of outputs.values()) sortMembers(output)
  link.outputs = [...outputs.values()]
}

/** What is loaded differently must not share an output section, even under one name. */
const APART = SHF.WRITE | SHF.EXECINSTR | SHF.TLS

function addMember(outputs: Map<string, OutputSection>, section: InputSection): void {
  const name = outputName(section.name)
  // A section that is bounded by __start_ and __stop_ stays in one piece, whatever its inputs' flags.
  const key = name.startsWith('.') ? `${name} ${section.flags & APART}` : name
  let output = outputs.get(key)
  if (output === undefined) {
    output = newOutput(name, section)
    outputs.set(key, output)
  }
  output.members.push(section)
  output.flags |= section.flags & (APART | SHF.ALLOC)
  output.align = Math.max(output.align, section.align)
  if (output.type === SHT.NOBITS) output.type = section.type
  section.output = output
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

function sortMembers(output: OutputSection): void {
  const places = new Map(output.members.map((member) => [member, placeInOutput(member.name)]))
  output.members.sort((a, b) => (places.get(a) as number) - (places.get(b) as number))
}
