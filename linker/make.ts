import { viewOf } from '../base/struct.js'
import type { InputSection, LinkSymbol, ObjectFile } from './model.js'

/** What the linker itself contributes belongs to this file. */
export const linkerFile: ObjectFile = {
  name: '<linker>',
  order: -1,
  memberOffset: 0,
  bytes: new Uint8Array(0),
  view: viewOf(new Uint8Array(0)),
  sections: [],
  groups: [],
  symbolTable: 0,
  symbolCount: 0,
  firstGlobal: 0,
  names: '',
  symbols: [],
}

type SectionFields = Pick<InputSection, 'name' | 'type' | 'flags' | 'align' | 'size'> &
  Partial<Pick<InputSection, 'entrySize' | 'contents' | 'live'>>

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
    relocations: 0,
    relocationCount: 0,
    group: undefined,
    pieces: undefined,
    live: fields.live ?? false,
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
