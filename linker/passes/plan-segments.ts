import { UserError } from '../../base/user-error.js'
import { PF } from '../elf/program.js'
import { SHF, SHT } from '../elf/section.js'
import { PAGE } from '../layout-queries.js'
import type { Link, OutputSection, Segment, SegmentKind } from '../model.js'

/** Orders the output sections and spreads them over loadable segments: one per kind of access, W^X for all. */
export function planSegments(link: Link): void {
  const segments = PLAN[link.options.output].map(emptySegment)
  for (const output of link.outputs) {
    if (output.flags & SHF.WRITE && output.flags & SHF.EXECINSTR) {
      throw new UserError(`section ${output.name} is both writable and executable`, {
        where: inputsOf(output),
      })
    }
    const kind = kindOf(link, output)
    const segment = segments.find((candidate) => candidate.kind === kind)
    if (segment === undefined) {
      throw new UserError('a shared object has no memory of its own that it could write to', {
        where: inputsOf(output),
      })
    }
    segment.sections.push(output)
    if (!(segment.flags & PF.W)) output.flags &= ~SHF.WRITE
  }
  for (const { sections } of segments) sections.sort((a, b) => rankOf(a) - rankOf(b))
  link.segments = segments
  link.outputs = segments.flatMap((segment) => segment.sections)
}

const PLAN: Readonly<Record<Link['options']['output'], readonly SegmentKind[]>> = {
  'static-pie': ['read-only', 'text', 'relro', 'data'],
  kernel: ['text', 'read-only', 'payload', 'data'],
  shared: ['text'],
}

const FLAGS: Readonly<Record<SegmentKind, number>> = {
  'read-only': PF.R,
  text: PF.R | PF.X,
  relro: PF.R | PF.W,
  data: PF.R | PF.W,
  payload: PF.R,
}

function emptySegment(kind: SegmentKind): Segment {
  const nowhere = { address: 0, fileOffset: 0, fileSize: 0, memorySize: 0 }
  return { kind, flags: FLAGS[kind], sections: [], align: PAGE, ...nowhere }
}

function inputsOf(output: OutputSection): string {
  return output.members.map((member) => `${member.file.name} (${member.name})`).join(', ')
}

function kindOf(link: Link, { name, flags }: OutputSection): SegmentKind {
  const isRelro = RELRO.test(name) || (flags & SHF.TLS) !== 0
  if (link.options.output === 'shared') return flags & SHF.WRITE && !isRelro ? 'data' : 'text'
  if (flags & SHF.EXECINSTR) return 'text'
  // The kernel relocates itself before it protects its pages, so what only relocation writes to is read-only there.
  if (isRelro) return link.options.output === 'kernel' ? 'read-only' : 'relro'
  if (flags & SHF.WRITE) return 'data'
  return link.options.output === 'kernel' && PAYLOAD.test(name) ? 'payload' : 'read-only'
}

/** Written by start code only, then protected. */
const RELRO = /^\.(data\.rel\.ro|dynamic|got|(preinit|init|fini)_array)$/
/** Megabytes that only the app reads: apart from what the kernel itself needs at hand. */
const PAYLOAD = /^\.rootfs(\.|$)/

/** Order inside a segment; equals stay in order of appearance. Cleared memory comes last, thread-local memory's apart. */
const ORDER = [
  '.vdso',
  '.note',
  '.hash',
  '.dynsym',
  '.dynstr',
  '.gnu.version',
  '.gnu.version_d',
  '.relr',
  '.rela.dyn',
  '.boot.head', // Linux' boot protocol enters the image at fixed offsets
  '.boot',
  '.rodata',
  '.tdata',
  '.tbss',
  '.preinit_array',
  '.init_array',
  '.fini_array',
  '.data.rel.ro',
  '.dynamic',
  '.got',
  '.init',
  '.text',
  '.fini',
  '.data',
]

function rankOf({ name, type, flags }: OutputSection): number {
  if (type === SHT.NOTE) return ORDER.indexOf('.note')
  if (type === SHT.NOBITS && !(flags & SHF.TLS)) return name === '.bss' ? 101 : 100
  const rank = ORDER.findIndex((prefix) => name === prefix || name.startsWith(`${prefix}.`))
  return rank === -1 ? 99 : rank
}
