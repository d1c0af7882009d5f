/** Input sections `.text.foo`, made by -ffunction-sections, belong to the output section `.text`; likewise the others. */
const FAMILIES = [
  '.text',
  '.rodata',
  '.data.rel.ro',
  '.data',
  '.bss',
  '.tdata',
  '.tbss',
  '.init_array',
  '.fini_array',
  '.preinit_array',
]

export function outputName(name: string): string {
  if (name.charCodeAt(0) !== DOT) return name
  // A link asks for thousands of names: counted, because for…of makes an object of each step until the code is compiled.
  for (let i = 0; i < FAMILIES.length; i++) {
    const family = FAMILIES[i] as string
    if (name.startsWith(family) && (name.length === family.length || name.charCodeAt(family.length) === DOT))
      return family
  }
  return name
}

/** Such a section is bounded by __start_<name> and __stop_<name>. */
export function isCIdentifier(name: string): boolean {
  return name.charCodeAt(0) !== DOT && /^[A-Za-z_]\w*$/.test(name)
}

/** The section, and which end of it, that a symbol like `__start_drivers` stands for. */
export function boundaryOf(
  symbol: string,
): { readonly section: string; readonly end: 'start' | 'stop' } | undefined {
  if (symbol.startsWith('__start_')) return { section: symbol.slice(8), end: 'start' }
  if (symbol.startsWith('__stop_')) return { section: symbol.slice(7), end: 'stop' }
  return undefined
}

/** Real-mode and 32-bit code that runs where it was linked, before anything is relocated. */
export function isBootSection(name: string): boolean {
  return name === '.boot' || name.startsWith('.boot.')
}

/** Output sections whose inputs do not stay in input order. */
export function isSorted(output: string): boolean {
  return output === '.text' || output.endsWith('_array')
}

/**
 * Where in such an output section an input section comes: constructors by priority (`.init_array.00101` before
 * `.init_array`), functions by how often they run, so that a page holds one kind; equals in input order.
 */
export function placeInOutput(name: string): number {
  if (name.startsWith('.text')) {
    if (name.startsWith('.text.unlikely') || name.startsWith('.text.exit')) return 0
    return name.startsWith('.text.startup') ? 1 : 2
  }
  const priority = /^\.(?:init|fini|preinit)_array\.(\d+)$/.exec(name)?.[1]
  return priority === undefined ? LAST_PRIORITY + 1 : Number(priority)
}

/** GCC's constructor priorities end at 65535. */
const LAST_PRIORITY = 65535
const DOT = '.'.charCodeAt(0)
