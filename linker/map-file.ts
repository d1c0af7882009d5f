import type { Image, ImageSymbol } from './image.js'

/** What lies where, for a reader: each output section with its symbols, and where they come from. */
export function mapFile(image: Image): string {
  const lines = [`entry ${hex(image.entry)}   build id ${image.buildId}   ${image.bytes.length} bytes`]
  for (const section of image.sections) {
    lines.push('', `${hex(section.address)} ${column(section.size)} ${section.name}`)
    const end = section.address + BigInt(section.size)
    for (const symbol of image.symbols) {
      if (symbol.address < section.address || symbol.address >= end) continue
      lines.push(`${hex(symbol.address)} ${column(symbol.size)}   ${symbol.name}  ${symbol.input}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** `address type name` a line, as in Linux' System.map and the output of `nm`: t function, d data, A neither. */
export function systemMap(image: Image): string {
  return image.symbols
    .map((symbol) => `${hex(symbol.address)} ${LETTERS[symbol.type]} ${symbol.name}\n`)
    .join('')
}

const LETTERS: Readonly<Record<ImageSymbol['type'], string>> = { function: 't', object: 'd', other: 'A' }

function hex(address: bigint): string {
  return address.toString(16).padStart(16, '0')
}

function column(size: number): string {
  return size.toString().padStart(8)
}
