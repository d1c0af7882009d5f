import { STV } from './elf/symbol.js'
import type { LinkSymbol } from './model.js'

/** A shared object offers what is global and of default visibility. */
export function isExported(symbol: LinkSymbol): boolean {
  return symbol.state === 'defined' && symbol.sectionIndex !== 0 && symbol.visibility === STV.DEFAULT
}
