/**
 * What is special to x86-64: what each relocation type computes. x86-64 psABI 4.4. Instructions that are rewritten are
 * in relax-x86-64.ts.
 *
 * The letters of the psABI: S the symbol's address, A the addend, P the place, G an offset in the GOT, Z the symbol's size.
 */
export type RelocationKind =
  /** S + A */
  | 'absolute'
  /** S + A - P */
  | 'pc-relative'
  /** Z + A */
  | 'size'
  /** Address of the symbol's GOT slot + A - P. The X forms mark an instruction that can do without. */
  | 'got-load'
  /** Offset of the symbol's GOT slot in the GOT + A */
  | 'got-slot'
  /** Address of the GOT + A - P */
  | 'got-base'
  /** S + A - address of the GOT */
  | 'got-relative'
  /** S + A - thread pointer */
  | 'tls-offset'
  /** Address of a GOT slot holding S - thread pointer, + A - P */
  | 'tls-got-load'
  /** First instruction of a call to __tls_get_addr; the next relocation is the call. */
  | 'tls-general-dynamic'
  | 'tls-local-dynamic'
  /** TLS descriptors: load, and the mark on the call. */
  | 'tls-descriptor'
  | 'tls-descriptor-call'

export interface RelocationType {
  readonly name: string
  readonly kind: RelocationKind
  /** Its symbol is thread-local. */
  readonly isThreadLocal: boolean
  /** It may stand for an instruction that `relaxationOf` rewrites. */
  readonly isRelaxed: boolean
  /** Bytes changed. */
  readonly width: 0 | 1 | 2 | 4 | 8
  /** How the value must fit into them: `any` takes both the signed and the unsigned range. */
  readonly range: 'signed' | 'unsigned' | 'any'
}

const TYPES: readonly (readonly [
  number,
  string,
  RelocationKind,
  RelocationType['width'],
  RelocationType['range'],
])[] = [
  [1, 'R_X86_64_64', 'absolute', 8, 'any'],
  [2, 'R_X86_64_PC32', 'pc-relative', 4, 'signed'],
  [4, 'R_X86_64_PLT32', 'pc-relative', 4, 'signed'], // nothing is preemptible, so there is no PLT
  [9, 'R_X86_64_GOTPCREL', 'got-load', 4, 'signed'],
  [10, 'R_X86_64_32', 'absolute', 4, 'unsigned'],
  [11, 'R_X86_64_32S', 'absolute', 4, 'signed'],
  [12, 'R_X86_64_16', 'absolute', 2, 'any'],
  [13, 'R_X86_64_PC16', 'pc-relative', 2, 'signed'],
  [14, 'R_X86_64_8', 'absolute', 1, 'any'],
  [15, 'R_X86_64_PC8', 'pc-relative', 1, 'signed'],
  [17, 'R_X86_64_DTPOFF64', 'tls-offset', 8, 'any'], // follows a relaxed local-dynamic access: base is the thread pointer
  [18, 'R_X86_64_TPOFF64', 'tls-offset', 8, 'any'],
  [19, 'R_X86_64_TLSGD', 'tls-general-dynamic', 4, 'signed'],
  [20, 'R_X86_64_TLSLD', 'tls-local-dynamic', 4, 'signed'],
  [21, 'R_X86_64_DTPOFF32', 'tls-offset', 4, 'signed'],
  [22, 'R_X86_64_GOTTPOFF', 'tls-got-load', 4, 'signed'],
  [23, 'R_X86_64_TPOFF32', 'tls-offset', 4, 'signed'],
  [24, 'R_X86_64_PC64', 'pc-relative', 8, 'any'],
  [25, 'R_X86_64_GOTOFF64', 'got-relative', 8, 'any'],
  [26, 'R_X86_64_GOTPC32', 'got-base', 4, 'signed'],
  [27, 'R_X86_64_GOT64', 'got-slot', 8, 'any'],
  [28, 'R_X86_64_GOTPCREL64', 'got-load', 8, 'any'],
  [29, 'R_X86_64_GOTPC64', 'got-base', 8, 'any'],
  [31, 'R_X86_64_PLTOFF64', 'got-relative', 8, 'any'],
  [32, 'R_X86_64_SIZE32', 'size', 4, 'any'],
  [33, 'R_X86_64_SIZE64', 'size', 8, 'any'],
  [34, 'R_X86_64_GOTPC32_TLSDESC', 'tls-descriptor', 4, 'signed'],
  [35, 'R_X86_64_TLSDESC_CALL', 'tls-descriptor-call', 0, 'any'],
  [41, 'R_X86_64_GOTPCRELX', 'got-load', 4, 'signed'],
  [42, 'R_X86_64_REX_GOTPCRELX', 'got-load', 4, 'signed'],
]

export const R_X86_64_64 = 1
export const R_X86_64_32 = 10
export const R_X86_64_RELATIVE = 8
export const R_X86_64_GOTPCRELX = 41
export const R_X86_64_REX_GOTPCRELX = 42

/** By type number; empty for types that no object for static linking holds. */
export const relocationTypes: readonly (RelocationType | undefined)[] = TYPES.reduce<RelocationType[]>(
  (table, [number, name, kind, width, range]) => {
    const isThreadLocal = kind.startsWith('tls-')
    const isRelaxed = kind === 'got-load' || (isThreadLocal && kind !== 'tls-offset')
    table[number] = { name, kind, isThreadLocal, isRelaxed, width, range }
    return table
  },
  [],
)

/**
 * By type number, 1: the distance to the symbol in four bytes, and nothing more. Two of three relocations are of these
 * types, so the passes know them by this table.
 */
export const plainDistances = Uint8Array.from(relocationTypes, (type) =>
  type?.kind === 'pc-relative' && type.width === 4 ? 1 : 0,
)

/** The call to __tls_get_addr, whose relocation is the next one, goes away when the first of the two is rewritten. */
export function callsTlsNext(type: number): boolean {
  const kind = relocationTypes[type]?.kind
  return kind === 'tls-general-dynamic' || kind === 'tls-local-dynamic'
}

/** Executable gaps trap (int3); .init and .fini are run through from fragment to fragment, so theirs do nothing (nop). */
export function codeFiller(sectionName: string): number {
  return sectionName === '.init' || sectionName === '.fini' ? 0x90 : 0xcc
}

/** Variant II of the TLS ABI: the thread pointer is the aligned end of the block, so offsets are negative. */
export function threadPointer(tlsStart: number, tlsSize: number, tlsAlign: number): number {
  return tlsStart + Math.ceil(tlsSize / tlsAlign) * tlsAlign
}
