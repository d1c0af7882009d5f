import { STV } from './elf/symbol.js'
import type { LinkSymbol } from './model.js'

/** A shared object offers what is global and of default visibility. */
export function isExported(symbol: LinkSymbol): boolean {
  return symbol.state === 'defined' && symbol.section !== undefined && symbol.visibility === STV.DEFAULT
}
