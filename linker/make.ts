import type { InputSection, LinkSymbol, ObjectFile } from './model.js'

/** What the linker itself contributes belongs to this file. */
export const linkerFile: ObjectFile = {
  name: '<linker>',
  order: -1,
  memberOffset: 0,
  bytes: new Uint8Array(0),
  words: new Int32Array(0),
  external: undefined,
  sectionTable: 0,
  sectionCount: 0,
  sectionNames: '',
  relocationSections: new Uint16Array(0),
  sections: [],
  commons: [],
  dropped: new Set(),
  kept: [],
  identifiers: [],
  groups: [],
  symbolTable: 0,
  symbolCount: 0,
  firstGlobal: 0,
  names: '',
  symbols: [],
}

type SectionFields = Pick<InputSection, 'name' | 'type' | 'flags' | 'align' | 'size'> &
  Partial<Pick<InputSection, 'entrySize' | 'contents' | 'parts' | 'relocations' | 'relocationCount'>>

/** Object literals of one shape keep the passes fast: every section is made here. */
export function newSection(file: ObjectFile, fields: SectionFields): InputSection {
  return {
    file,
    name: fields.name,
    type: fields.type,
    flags: fields.flags,
    align: fields.align,
    entrySize: fields.entrySize ?? 0,
    size: fields.size,
    contents: fields.contents ?? EMPTY,
    parts: fields.parts,
    relocations: fields.relocations ?? 0,
    relocationCount: fields.relocationCount ?? 0,
    demanding: undefined,
    pieces: undefined,
    output: undefined,
    offset: 0,
  }
}

const EMPTY = new Uint8Array(0)

/** A global symbol that nobody has defined yet. */
export function newSymbol(name: string): LinkSymbol {
  return {
    name,
    state: 'undefined',
    weak: false,
    file: undefined,
    sectionIndex: 0,
    section: undefined,
    value: 0,
    size: 0,
    type: 0,
    visibility: 0,
    moves: false,
    address: 0,
    gotSlot: -1,
    tlsGotSlot: -1,
  }
}
