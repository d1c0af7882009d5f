import { Problems } from '../../base/user-error.js'
import { addressOf, targetAddress, threadPointerOf } from '../addresses.js'
import { plainDistances, type RelocationType, relocationTypes } from '../arch-x86-64.js'
import { NONE, RELOCATION, RELOCATION_WORDS, readLong } from '../elf/rows.js'
import { outputNamed } from '../layout-queries.js'
import type { InputSection, Link, LinkAddress, LinkSymbol } from '../model.js'
import { type Relaxation, relaxationOf } from '../relax-x86-64.js'
import { newRelocation, placeName, type Relocation, readRelocation, symbolName } from '../relocations.js'

/** Writes final values into the copied sections, each checked against the range of its field. */
export function relocate(link: Link, out: DataView): void {
  const job: Job = {
    out,
    problems: new Problems(),
    got: outputNamed(link, '.got')?.address ?? 0,
    threadPointer: threadPointerOf(link),
    base: 0,
    fileBase: 0,
    relocation: newRelocation(),
  }
  for (const output of link.outputs) {
    output.members.forEach((section) => {
      if (section.relocationCount === 0) return
      job.base = output.address + section.offset
      job.fileBase = output.fileOffset + section.offset
      relocateSection(job, section)
    })
  }
  job.problems.stopHere('some relocations do not reach their target')
}

interface Job {
  readonly out: DataView
  readonly problems: Problems
  readonly got: LinkAddress
  readonly threadPointer: LinkAddress
  /** Address and file offset of the section at hand. */
  base: LinkAddress
  fileBase: number
  /** The one at hand, when it is no plain distance. */
  readonly relocation: Relocation
}

const { offset: OFFSET, type: TYPE, symbol: SYMBOL, addend: ADDEND } = RELOCATION

function relocateSection(job: Job, section: InputSection): void {
  const { file, relocations, relocationCount } = section
  const { words, symbols } = file
  const end = relocations + relocationCount * RELOCATION_WORDS
  for (let row = relocations; row < end; row += RELOCATION_WORDS) {
    const type = words[row + TYPE] as number
    if (type === NONE) continue
    const { section: target, value } = symbols[words[row + SYMBOL] as number] as LinkSymbol
    // Most are distances to a place of which no string was merged away.
    if (plainDistances[type] === 1 && target?.output !== undefined) {
      const offset = words[row + OFFSET] as number
      const addend = readLong(words, row + ADDEND)
      const distance = target.output.address + target.offset + value + addend - (job.base + offset)
      if (distance === (distance | 0)) {
        job.out.setInt32(job.fileBase + offset, distance, true)
        continue
      }
    }
    readRelocation(job.relocation, section, row)
    if (relocateOne(job, job.relocation)) row += RELOCATION_WORDS
  }
}

/** Tells whether the next relocation is done too. */
function relocateOne(job: Job, relocation: Relocation): boolean {
  const type = relocationTypes[relocation.type] as RelocationType // scan-relocations refused the others
  if (type.isRelaxed) {
    const relaxation = relaxationOf(relocation)
    if (relaxation !== undefined) {
      relax(job, relocation, relaxation)
      return relaxation.takesNext ?? false
    }
  }
  const { offset } = relocation
  write(job, relocation, type, job.fileBase + offset, fieldValue(job, relocation, type, job.base + offset))
  return false
}

function fieldValue(job: Job, relocation: Relocation, type: RelocationType, place: LinkAddress): number {
  const { symbol, addend } = relocation
  switch (type.kind) {
    case 'pc-relative':
      return targetAddress(relocation) + addend - place
    case 'absolute':
      return targetAddress(relocation) + addend
    case 'tls-offset':
      return targetAddress(relocation) + addend - job.threadPointer
    case 'size':
      return symbol.size + addend
    case 'got-load':
      return job.got + 8 * symbol.gotSlot + addend - place
    case 'tls-got-load':
      return job.got + 8 * symbol.tlsGotSlot + addend - place
    case 'got-slot':
      return 8 * symbol.gotSlot + addend
    case 'got-base':
      return job.got + addend - place
    case 'got-relative':
      return targetAddress(relocation) + addend - job.got
    default:
      throw new Error(`${type.name} was neither relaxed nor refused`)
  }
}

/** Rewrites the instruction. */
function relax(job: Job, relocation: Relocation, { code, offset, value, field }: Relaxation): void {
  const at = job.fileBase + relocation.offset
  for (let i = 0; i < code.length; i++) job.out.setUint8(at + offset + i, code[i] as number)
  if (value === 'none') return
  const place = job.base + relocation.offset + field
  const target = addressOf(relocation.symbol)
  const base = value === 'pc-relative' ? place + 4 : value === 'tls-offset' ? job.threadPointer : 0
  write(job, relocation, FIELD, at + field, target - base)
}

/** The four bytes that a rewritten instruction ends in. */
const FIELD = { width: 4, range: 'signed' } as const

function write(
  job: Job,
  relocation: Relocation,
  type: Pick<RelocationType, 'width' | 'range'>,
  at: number,
  value: number,
): void {
  const { width, range } = type
  if (width < 8) {
    const limit = LIMITS[width]
    const lowest = range === 'unsigned' ? 0 : -limit / 2
    const highest = range === 'signed' ? limit / 2 : limit
    if (value < lowest || value >= highest) {
      reportOverflow(job, relocation, width, value)
      return
    }
  }
  const { out } = job
  if (width === 4) out.setInt32(at, value | 0, true)
  else if (width === 8) {
    out.setInt32(at, value | 0, true)
    out.setInt32(at + 4, Math.floor(value / 2 ** 32), true)
  } else if (width === 2) out.setInt16(at, value, true)
  else if (width === 1) out.setInt8(at, value)
}

/** How many numbers fit, by width in bytes. */
const LIMITS = { 0: 1, 1: 2 ** 8, 2: 2 ** 16, 4: 2 ** 32, 8: Number.POSITIVE_INFINITY } as const

function reportOverflow(job: Job, relocation: Relocation, width: number, value: number): void {
  const name = relocationTypes[relocation.type]?.name
  const shown = `${value < 0 ? '-' : ''}0x${Math.abs(value).toString(16)}`
  job.problems.add(
    `${name} against ${symbolName(relocation)}: ${shown} does not fit ${8 * width} bits`,
    placeName(relocation),
  )
}
