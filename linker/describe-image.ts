import { addressOf } from './addresses.js'
import { nameAt } from './elf/names.js'
import { STT, symbolEntry } from './elf/symbol.js'
import type { ImageSection, ImageSymbol } from './image.js'
import type { Link, LinkSymbol, ObjectFile } from './model.js'

const ROW = symbolEntry.offsets

/** What a host needs to put names to addresses: the image itself holds none. By address, then name. */
export function describeSymbols(link: Link): ImageSymbol[] {
  const found: ImageSymbol[] = []
  for (const file of link.objects) {
    for (let index = 1; index < file.firstGlobal; index++) addLocal(found, file, index)
  }
  for (const symbol of link.symbols.values()) if (isPlaced(symbol)) found.push(describe(symbol, symbol.name))
  return found.sort((a, b) =>
    a.address < b.address ? -1 : a.address > b.address ? 1 : a.name < b.name ? -1 : 1,
  )
}

export function describeSections(link: Link): ImageSection[] {
  return link.outputs.map(({ name, address, fileOffset, size }) => ({
    name,
    address: BigInt(address),
    offset: fileOffset,
    size,
  }))
}

/** Of the local symbols only functions and objects: labels inside of them explain nothing. */
function addLocal(found: ImageSymbol[], file: ObjectFile, index: number): void {
  const { view } = file
  const row = file.symbolTable + index * symbolEntry.size
  const type = view.getUint8(row + ROW.info) & 15
  if (type !== STT.FUNC && type !== STT.OBJECT) return
  const section = file.sections[view.getUint16(row + ROW.section, true)]
  if (section?.output === undefined || section.pieces !== undefined) return
  const value = view.getUint32(row + ROW.value, true)
  found.push({
    name: nameAt(file.names, view.getUint32(row + ROW.name, true)) ?? '',
    address: BigInt(section.output.address + section.offset + value),
    size: view.getUint32(row + ROW.size, true),
    type: type === STT.FUNC ? 'function' : 'object',
    input: file.name,
  })
}

/** Of what is linked, and no thread-local offset. */
function isPlaced(symbol: LinkSymbol): boolean {
  return (
    symbol.state === 'defined' &&
    symbol.moves &&
    (symbol.section === undefined || symbol.section.live) &&
    symbol.type !== STT.TLS
  )
}

function describe(symbol: LinkSymbol, name: string): ImageSymbol {
  const type = symbol.type === STT.FUNC ? 'function' : symbol.type === STT.OBJECT ? 'object' : 'other'
  return { name, address: BigInt(addressOf(symbol)), size: symbol.size, type, input: symbol.file?.name ?? '' }
}
