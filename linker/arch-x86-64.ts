import type { Relocation } from './relocations.js'

/**
 * All that is special to x86-64: what each relocation type computes, and the instructions that may be rewritten because
 * the image is linked statically. x86-64 psABI 4.4 (relocation types), B.2 (GOTPCRELX), and the ELF TLS ABI, 11.1.
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
const R_X86_64_GOTPCRELX = 41
const R_X86_64_REX_GOTPCRELX = 42

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

/** An instruction that is rewritten so that it needs no GOT slot and no call: new bytes, and what its field then holds. */
export interface Relaxation {
  /** Put at `offset` from the relocated place. */
  readonly code: readonly number[]
  readonly offset: number
  /** What the four-byte field holds then; none when the code holds no field. */
  readonly value: 'pc-relative' | 'absolute' | 'tls-offset' | 'none'
  /** Where the field is, from the relocated place. */
  readonly field: number
  /** The sequence covers the relocation that follows. */
  readonly takesNext?: boolean
}

/** What the instruction at this relocation can be turned into; undefined when it must stay as it is. */
export function relaxationOf(relocation: Relocation): Relaxation | undefined {
  switch (relocationTypes[relocation.type]?.kind) {
    case 'got-load':
      return relaxGotLoad(relocation)
    case 'tls-got-load':
      return relaxTlsGotLoad(relocation)
    case 'tls-general-dynamic':
      return relaxGeneralDynamic(relocation)
    case 'tls-local-dynamic':
      return relaxLocalDynamic(relocation)
    case 'tls-descriptor':
      return relaxDescriptor(relocation)
    case 'tls-descriptor-call':
      return isCode(relocation, 0, [0xff, 0x10])
        ? { code: [0x66, 0x90], offset: 0, value: 'none', field: 0 }
        : undefined
    default:
      return undefined
  }
}

/** Addend of every instruction whose last four bytes are the field: the CPU counts from the next instruction. */
const TO_NEXT = -4

/**
 * `mov foo@GOTPCREL(%rip), %reg` becomes `lea foo(%rip), %reg`, `call *` and `jmp *` become direct. An address that does
 * not move with the image (an undefined weak symbol is 0) cannot be PC-relative: `mov $foo, %reg`.
 */
function relaxGotLoad(relocation: Relocation): Relaxation | undefined {
  const { type, addend, symbol } = relocation
  if (addend !== TO_NEXT || (type !== R_X86_64_GOTPCRELX && type !== R_X86_64_REX_GOTPCRELX)) return undefined
  const rex = type === R_X86_64_REX_GOTPCRELX ? byteAt(relocation, -3) : 0
  const opcode = byteAt(relocation, -2)
  const modrm = byteAt(relocation, -1)
  if (opcode === 0x8b && (modrm & 0xc7) === 0x05) {
    if (symbol.moves) return LEA
    if (!isImmediate(symbol.value)) return undefined
    const move = [0xc7, 0xc0 | (modrm >> 3)]
    // The register moves from the reg to the rm field, and so its upper bit from REX.R to REX.B.
    return rex === 0
      ? { code: move, offset: -2, value: 'absolute', field: 0 }
      : { code: [(rex & ~4) | ((rex & 4) >> 2), ...move], offset: -3, value: 'absolute', field: 0 }
  }
  if (opcode !== 0xff || type !== R_X86_64_GOTPCRELX || !symbol.moves) return undefined
  if (modrm === 0x15) return CALL
  if (modrm === 0x25) return JUMP
  return undefined
}

const LEA: Relaxation = { code: [0x8d], offset: -2, value: 'pc-relative', field: 0 }
/** addr32 call */
const CALL: Relaxation = { code: [0x67, 0xe8], offset: -2, value: 'pc-relative', field: 0 }
/** jmp; nop */
const JUMP: Relaxation = { code: [0xe9, 0, 0, 0, 0, 0x90], offset: -2, value: 'pc-relative', field: -1 }

/** Initial exec to local exec: `mov x@gottpoff(%rip), %reg` becomes `mov $x@tpoff, %reg`, `add` likewise. */
function relaxTlsGotLoad(relocation: Relocation): Relaxation | undefined {
  if (relocation.addend !== TO_NEXT) return undefined
  const rex = byteAt(relocation, -3)
  const opcode = byteAt(relocation, -2)
  const modrm = byteAt(relocation, -1)
  if ((rex & 0xf8) !== 0x48 || (modrm & 0xc7) !== 0x05) return undefined
  const newRex = (rex & ~4) | ((rex & 4) >> 2)
  const register = 0xc0 | (modrm >> 3)
  if (opcode === 0x8b) return { code: [newRex, 0xc7, register], offset: -3, value: 'tls-offset', field: 0 }
  if (opcode === 0x03) return { code: [newRex, 0x81, register], offset: -3, value: 'tls-offset', field: 0 }
  return undefined
}

/** `data16 lea x@tlsgd(%rip), %rdi; call __tls_get_addr` becomes `mov %fs:0, %rax; lea x@tpoff(%rax), %rax`: 16 bytes both. */
function relaxGeneralDynamic(relocation: Relocation): Relaxation | undefined {
  const direct = isCode(relocation, 4, [0x66, 0x66, 0x48, 0xe8])
  const indirect = isCode(relocation, 4, [0x66, 0x48, 0xff, 0x15])
  if (!isCode(relocation, -4, [0x66, 0x48, 0x8d, 0x3d]) || (!direct && !indirect)) return undefined
  const code = [0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0, 0x48, 0x8d, 0x80, 0, 0, 0, 0]
  return { code, offset: -4, value: 'tls-offset', field: 8, takesNext: true }
}

/** `lea x@tlsld(%rip), %rdi; call __tls_get_addr` becomes `mov %fs:0, %rax` behind prefixes that keep the length. */
function relaxLocalDynamic(relocation: Relocation): Relaxation | undefined {
  if (!isCode(relocation, -3, [0x48, 0x8d, 0x3d])) return undefined
  const move = [0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0]
  if (isCode(relocation, 4, [0xe8])) {
    return { code: [0x66, 0x66, 0x66, ...move], offset: -3, value: 'none', field: 0, takesNext: true }
  }
  if (isCode(relocation, 4, [0xff, 0x15])) {
    return { code: [0x66, 0x66, 0x66, 0x66, ...move], offset: -3, value: 'none', field: 0, takesNext: true }
  }
  return undefined
}

/** `lea x@tlsdesc(%rip), %rax` becomes `mov $x@tpoff, %rax`; the call through the descriptor becomes a two-byte nop. */
function relaxDescriptor(relocation: Relocation): Relaxation | undefined {
  if (!isCode(relocation, -3, [0x48, 0x8d, 0x05])) return undefined
  return { code: [0x48, 0xc7, 0xc0], offset: -3, value: 'tls-offset', field: 0 }
}

function isCode(relocation: Relocation, from: number, expected: readonly number[]): boolean {
  return expected.every((byte, i) => byteAt(relocation, from + i) === byte)
}

function byteAt({ section, offset }: Relocation, distance: number): number {
  return section.contents[offset + distance] ?? -1
}

function isImmediate(value: number): boolean {
  return value >= -(2 ** 31) && value < 2 ** 31
}

/** Executable gaps trap (int3); .init and .fini are run through from fragment to fragment, so theirs do nothing (nop). */
export function codeFiller(sectionName: string): number {
  return sectionName === '.init' || sectionName === '.fini' ? 0x90 : 0xcc
}

/** Variant II of the TLS ABI: the thread pointer is the aligned end of the block, so offsets are negative. */
export function threadPointer(tlsStart: number, tlsSize: number, tlsAlign: number): number {
  return tlsStart + Math.ceil(tlsSize / tlsAlign) * tlsAlign
}
