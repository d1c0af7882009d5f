import { addressOf } from './addresses.js'
import { nameAt } from './elf/names.js'
import { readLong, SYMBOL, SYMBOL_WORDS, sectionOf, symbolMarks, typeOf } from './elf/rows.js'
import { STT } from './elf/symbol.js'
import type { Image, ImageSection, ImageSymbol } from './image.js'
import type { Link, LinkSymbol, ObjectFile } from './model.js'
import { entryAddress } from './passes/write-image.js'

/** The finished image. Its symbols are put together when first asked for: some thousands, which most links tell nobody. */
export function describeImage(link: Link, bytes: Uint8Array, buildId: string): Image {
  let symbols: readonly ImageSymbol[] | undefined
  return {
    bytes,
    entry: entryAddress(link),
    buildId,
    get symbols() {
      symbols ??= describeSymbols(link)
      return symbols
    },
    sections: describeSections(link),
    inputs: link.objects.filter(isLinked).map(({ name }) => name),
  }
}

/** Sections that nobody reached are holes, which \`some\` leaves out. */
function isLinked({ sections }: ObjectFile): boolean {
  return sections.some((section) => section !== undefined)
}

/** What a host needs to put names to addresses: the image itself holds none. By address, then name. */
function describeSymbols(link: Link): ImageSymbol[] {
  const found: ImageSymbol[] = []
  for (const file of link.objects) {
    for (let index = 1; index < file.firstGlobal; index++) addLocal(found, file, index)
  }
  for (const symbol of link.symbols.values()) if (isPlaced(symbol)) found.push(describe(symbol, symbol.name))
  return found.sort((a, b) =>
    a.address < b.address ? -1 : a.address > b.address ? 1 : a.name < b.name ? -1 : 1,
  )
}

function describeSections(link: Link): ImageSection[] {
  return link.outputs.map(({ name, address, fileOffset, size }) => ({
    name,
    address: BigInt(address),
    offset: fileOffset,
    size,
  }))
}

/** Of the local symbols only functions and objects: labels inside of them explain nothing. */
function addLocal(found: ImageSymbol[], file: ObjectFile, index: number): void {
  const { words } = file
  const row = file.symbolTable + index * SYMBOL_WORDS
  const marks = symbolMarks(words, row)
  const type = typeOf(marks)
  if (type !== STT.FUNC && type !== STT.OBJECT) return
  const section = file.sections[sectionOf(marks)]
  if (section?.output === undefined) return
  const value = readLong(words, row + SYMBOL.value)
  found.push({
    name: nameAt(file.names, (words[row] as number) >>> 0) ?? '',
    address: BigInt(section.output.address + section.offset + value),
    size: readLong(words, row + SYMBOL.size),
    type: type === STT.FUNC ? 'function' : 'object',
    input: file.name,
  })
}

/** Of what is linked, and no thread-local offset. */
function isPlaced({ state, moves, type, file, sectionIndex }: LinkSymbol): boolean {
  if (state !== 'defined' || !moves || type === STT.TLS) return false
  return sectionIndex === 0 || file?.sections[sectionIndex] !== undefined
}

function describe(symbol: LinkSymbol, name: string): ImageSymbol {
  const type = symbol.type === STT.FUNC ? 'function' : symbol.type === STT.OBJECT ? 'object' : 'other'
  return { name, address: BigInt(addressOf(symbol)), size: symbol.size, type, input: symbol.file?.name ?? '' }
}
