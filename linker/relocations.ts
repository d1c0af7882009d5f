import { UserError } from '../base/user-error.js'
import { readSigned64 } from './elf/int64.js'
import { nameAt } from './elf/names.js'
import { relocationEntry } from './elf/relocation.js'
import { SHN, STT, symbolEntry } from './elf/symbol.js'
import { newSymbol } from './make.js'
import type { InputSection, LinkSymbol, ObjectFile } from './model.js'

/** One place to change, and what to. */
export interface Relocation {
  section: InputSection
  /** From the start of the section. */
  offset: number
  type: number
  symbolIndex: number
  symbol: LinkSymbol
  /** Exact: an addend beyond 2^53 is refused. */
  addend: number
}

const { offset: OFFSET, type: TYPE, symbol: SYMBOL, addend: ADDEND } = relocationEntry.offsets
const ROW = symbolEntry.offsets

/**
 * Visits every relocation of a section, in file order. The object handed to `visit` is the same each time; nobody may
 * keep it. When `visit` returns true the next relocation is left out, because one instruction sequence used up both.
 */
export function eachRelocation(
  section: InputSection,
  visit: (relocation: Relocation) => boolean | undefined,
): void {
  const { file, relocationCount } = section
  const { view } = file
  const current: Relocation = { section, offset: 0, type: 0, symbolIndex: 0, symbol: nobody, addend: 0 }
  for (let i = 0; i < relocationCount; i++) {
    const row = section.relocations + i * relocationEntry.size
    current.type = view.getUint32(row + TYPE, true)
    if (current.type === 0) continue
    current.offset = view.getUint32(row + OFFSET, true)
    current.symbolIndex = view.getUint32(row + SYMBOL, true)
    current.symbol = file.symbols[current.symbolIndex] ?? readLocalSymbol(file, current.symbolIndex)
    current.addend = readSigned64(view, row + ADDEND)
    if (view.getUint32(row + OFFSET + 4, true) !== 0 || !Number.isSafeInteger(current.addend))
      throw damaged(section)
    if (visit(current)) i++
  }
}

const nobody = newSymbol('')

/** `foo`, or for a nameless local symbol the section it lies in. */
export function symbolName({ section, symbolIndex, symbol }: Relocation): string {
  if (symbol.name !== '') return symbol.name
  const row = section.file.symbolTable + symbolIndex * symbolEntry.size
  return (
    nameAt(section.file.names, section.file.view.getUint32(row, true)) ||
    symbol.section?.name ||
    `symbol ${symbolIndex}`
  )
}

/** `libc.a(printf.o) (.text.printf+0x12)` */
export function placeName({ section, offset }: Relocation): string {
  return `${section.file.name} (${section.name}+0x${offset.toString(16)})`
}

/** Most local symbols are never referred to; those that are get read once. */
function readLocalSymbol(file: ObjectFile, index: number): LinkSymbol {
  if (index >= file.symbolCount)
    throw new UserError(`${file.name} cannot be linked: it refers to symbol ${index}, which it does not have`)
  const row = file.symbolTable + index * symbolEntry.size
  const sectionIndex = file.view.getUint16(row + ROW.section, true)
  const section = file.sections[sectionIndex]
  const symbol = newSymbol('')
  // Symbol 0, "no symbol", counts as the absolute value 0.
  const isAbsolute = sectionIndex === SHN.ABS || index === 0
  symbol.state = section !== undefined || isAbsolute ? 'defined' : 'undefined'
  symbol.file = file
  symbol.section = section
  symbol.moves = section !== undefined
  symbol.type = file.view.getUint8(row + ROW.info) & 15
  symbol.value = readSigned64(file.view, row + ROW.value)
  symbol.address = symbol.value
  file.symbols[index] = symbol
  return symbol
}

/** Section symbols stand for any place in the section, told apart by the addend alone. */
export function isSectionSymbol(symbol: LinkSymbol): boolean {
  return symbol.type === STT.SECTION
}

function damaged(section: InputSection): UserError {
  return new UserError(
    `${section.file.name} cannot be linked: the relocations of section ${section.name} are damaged`,
  )
}
