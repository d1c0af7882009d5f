import { UserError } from '../base/user-error.js'
import { nameAt } from './elf/names.js'
import { RELOCATION, readLong, SYMBOL, SYMBOL_WORDS, sectionOf, symbolMarks, typeOf } from './elf/rows.js'
import { SHN, STT } from './elf/symbol.js'
import { isLinkable } from './input-sections.js'
import { linkerFile, newSection, newSymbol } from './make.js'
import type { InputSection, LinkSymbol, ObjectFile } from './model.js'
import { sectionName } from './object-rows.js'

/** One place to change, and what to. */
export interface Relocation {
  section: InputSection
  /** From the start of the section. */
  offset: number
  type: number
  symbolIndex: number
  symbol: LinkSymbol
  /** Exact: collect-garbage refuses an addend beyond 2^53. */
  addend: number
}

/** Room for one relocation: there are too many to make an object of each. */
export function newRelocation(): Relocation {
  return { section: nowhere, offset: 0, type: 0, symbolIndex: 0, symbol: nobody, addend: 0 }
}

const nowhere = newSection(linkerFile, { name: '', type: 0, flags: 0, align: 1, size: 0 })
const nobody = newSymbol('')

/** Makes `relocation` the one of this section that stands in row `row` of its file. */
export function readRelocation(relocation: Relocation, section: InputSection, row: number): void {
  const { file } = section
  const { words } = file
  relocation.section = section
  relocation.offset = (words[row + RELOCATION.offset] as number) >>> 0
  relocation.type = words[row + RELOCATION.type] as number
  relocation.symbolIndex = words[row + RELOCATION.symbol] as number
  relocation.symbol = symbolAt(file, relocation.symbolIndex)
  relocation.addend = readLong(words, row + RELOCATION.addend)
}

/** Most local symbols are never referred to; those that are get read once. */
export function symbolAt(file: ObjectFile, index: number): LinkSymbol {
  return file.symbols[index] ?? readLocalSymbol(file, index)
}

function readLocalSymbol(file: ObjectFile, index: number): LinkSymbol {
  if (!(index >= 0 && index < file.symbolCount))
    throw new UserError(
      `${file.name} cannot be linked: it refers to symbol ${index >>> 0}, which it does not have`,
    )
  const { words } = file
  const row = file.symbolTable + index * SYMBOL_WORDS
  const marks = symbolMarks(words, row)
  const section = sectionOf(marks)
  const isPlaced = isLinkable(file, section)
  const symbol = newSymbol('')
  // Symbol 0, "no symbol", counts as the absolute value 0.
  symbol.state = isPlaced || section === SHN.ABS || index === 0 ? 'defined' : 'undefined'
  symbol.file = file
  symbol.sectionIndex = isPlaced ? section : 0
  symbol.moves = isPlaced
  symbol.type = typeOf(marks)
  symbol.value = readLong(words, row + SYMBOL.value)
  symbol.address = symbol.value
  file.symbols[index] = symbol
  return symbol
}

/** `foo`, or for a nameless local symbol the section it lies in. */
export function symbolName({ section, symbolIndex, symbol }: Relocation): string {
  if (symbol.name !== '') return symbol.name
  const { file } = section
  const row = file.symbolTable + symbolIndex * SYMBOL_WORDS
  const name = nameAt(file.names, (file.words[row] as number) >>> 0)
  if (name) return name
  return symbol.sectionIndex === 0 ? `symbol ${symbolIndex}` : sectionName(file, symbol.sectionIndex)
}

/** `libc.a(printf.o) (.text.printf+0x12)` */
export function placeName({ section, offset }: Relocation): string {
  return `${section.file.name} (${section.name}+0x${offset.toString(16)})`
}

/** Section symbols stand for any place in the section, told apart by the addend alone. */
export function isSectionSymbol(symbol: LinkSymbol): boolean {
  return symbol.type === STT.SECTION
}
