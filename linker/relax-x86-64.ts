import { R_X86_64_GOTPCRELX, R_X86_64_REX_GOTPCRELX, relocationTypes } from './arch-x86-64.js'
import type { Relocation } from './relocations.js'

/**
 * The instructions that may be rewritten because the image is linked statically. x86-64 psABI B.2 (GOTPCRELX), and the
 * ELF TLS ABI, 11.1.
 */

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
  const opcode = byteAt(relocation, -2)
  const modrm = byteAt(relocation, -1)
  if (opcode === 0xff && type === R_X86_64_GOTPCRELX && symbol.moves) {
    if (modrm === 0x15) return CALL
    return modrm === 0x25 ? JUMP : undefined
  }
  if (opcode === 0x8b && (modrm & 0xc7) === 0x05) {
    if (symbol.moves) return LEA
    if (!isImmediate(symbol.value)) return undefined
    const rex = type === R_X86_64_REX_GOTPCRELX ? byteAt(relocation, -3) : 0
    const move = [0xc7, 0xc0 | (modrm >> 3)]
    // The register moves from the reg to the rm field, and so its upper bit from REX.R to REX.B.
    return rex === 0
      ? { code: move, offset: -2, value: 'absolute', field: 0 }
      : { code: [(rex & ~4) | ((rex & 4) >> 2), ...move], offset: -3, value: 'absolute', field: 0 }
  }
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
