import type { ArchiveIndex } from './archive.js'
import type { LinkInput, LinkOptions, Parts } from './image.js'

/**
 * What the passes of link.ts work on. Inside the linker an address is a number, not the bigint of `Image`: every output
 * lies below 2^47 (layout checks it), where numbers are exact, and there are some hundred thousand of them to compute.
 */
export type LinkAddress = number

export interface Link {
  readonly options: LinkOptions
  /** Where execution starts; none in a shared object. */
  readonly entry: string | undefined
  /** In input order; members of an archive at the archive's place, in the archive's order. */
  objects: ObjectFile[]
  /** What is linked of them, in the same order: known from collect-garbage on. */
  sections: InputSection[]
  /** Every global name that a linked object defines or refers to. */
  readonly symbols: Map<string, LinkSymbol>
  readonly archives: ArchiveIndex
  /** Symbols that the linker computes from the layout. */
  readonly computed: Map<LinkSymbol, (link: Link) => LinkAddress>
  /** 64-bit words that hold an address, and so move with the image: by RELR where even, else by RELA. */
  readonly movingWords: Place[]
  readonly oddMovingWords: Place[]
  /** Sections that the linker makes itself, in the order of their making. */
  readonly made: MadeSection[]
  readonly got: GotSlot[]
  outputs: OutputSection[]
  segments: Segment[]
  /** The RELR table, packed after each layout. */
  relr: RelrTable | undefined
  /** The thread-local image, from layout on. */
  tls:
    | {
        readonly start: LinkAddress
        readonly fileSize: number
        readonly memorySize: number
        readonly align: number
      }
    | undefined
  /** Size of ELF header and program headers. */
  headerSize: number
}

export interface ObjectFile {
  /** As the user knows it: `crt.o`, `libc.a(memcpy.o)`. */
  readonly name: string
  /** Position of the input, then of the archive member in it. */
  readonly order: number
  readonly memberOffset: number
  readonly bytes: Uint8Array
  /** The same bytes as 32-bit words: rows of section headers, symbols and relocations are read in place (elf/rows.ts). */
  readonly words: Int32Array
  /** Contents that the object leaves out, by section index. */
  readonly external: LinkInput['contents']
  /** Row of the first section header, and how many there are. */
  readonly sectionTable: number
  readonly sectionCount: number
  readonly sectionNames: string
  /** By section index, the section (SHT_RELA) that holds its relocations; 0: none. */
  readonly relocationSections: Uint16Array
  /** By section index: made when collect-garbage reaches it. Behind those of the file come its `commons`. */
  readonly sections: (InputSection | undefined)[]
  /** A section for each common symbol that this file defines. */
  readonly commons: InputSection[]
  /** Indexes of sections that are not linked, whoever refers to them. */
  readonly dropped: Set<number>
  /** Indexes of sections that are linked even if nobody refers to them. */
  readonly kept: number[]
  /** Indexes of sections whose name is a C identifier: __start_X and __stop_X bound them. */
  readonly identifiers: number[]
  readonly groups: SectionGroup[]
  /** Row of the first symbol. */
  readonly symbolTable: number
  readonly symbolCount: number
  readonly firstGlobal: number
  /** The symbols' name table. */
  readonly names: string
  /** By symbol index: globals from resolve-symbols on, locals when first referred to. */
  readonly symbols: (LinkSymbol | undefined)[]
}

/** Sections, by index, that live and die together (SHT_GROUP). */
export interface SectionGroup {
  readonly members: readonly number[]
  /** COMDAT: of the groups with the same signature only the first is linked. */
  readonly signature: string | undefined
}

/** A section that is linked: made when collect-garbage reaches it, or by the linker itself. */
export interface InputSection {
  readonly file: ObjectFile
  readonly name: string
  readonly type: number
  readonly flags: number
  align: number
  readonly entrySize: number
  size: number
  /** A view of the input, never a copy; empty for SHT_NOBITS. */
  contents: Uint8Array
  /** In their place, of what the object leaves out. */
  readonly parts: Parts | undefined
  /** First row and number of the relocations that change this section. */
  readonly relocations: number
  readonly relocationCount: number
  /** Rows of those relocations that ask for more than a distance to a place in the image: for scan-relocations. */
  demanding: number[] | undefined
  /** Set when the contents are cut into pieces and merged with equal ones. */
  pieces: Pieces | undefined
  output: OutputSection | undefined
  /** From the start of `output`. */
  offset: number
}

/** A mergeable section (SHF_MERGE) in pieces: strings with their NUL, or constants of equal size. */
export interface Pieces {
  /** The section's bytes, as latin1: strings are cut and compared many times cheaper than arrays of bytes. */
  readonly text: string
  /** Where each piece starts, ascending; one more entry holds the end. */
  readonly starts: Uint32Array
  readonly live: Uint8Array
  /** Where each live piece ended up in `pool`. */
  readonly targets: Uint32Array
  pool: InputSection | undefined
}

export interface LinkSymbol {
  /** Empty for local symbols. */
  readonly name: string
  state: 'undefined' | 'common' | 'defined'
  /** Of the definition: may be overridden by one that is not weak. */
  weak: boolean
  /** The file that defines it. */
  file: ObjectFile | undefined
  /** Index of its section in `file`; 0 for absolute symbols and those that the linker computes. */
  sectionIndex: number
  /** That section, once a live relocation refers to the symbol. */
  section: InputSection | undefined
  /** Offset in `section`; an absolute value; the alignment of a common symbol. */
  value: number
  size: number
  type: number
  visibility: number
  /** Its address moves with the image: a 64-bit word that holds it needs a run-time relocation. */
  moves: boolean
  /** Known from layout on. */
  address: LinkAddress
  /** Index in `Link.got`, or -1. */
  gotSlot: number
  tlsGotSlot: number
}

export interface GotSlot {
  readonly symbol: LinkSymbol
  /** Holds the symbol's distance from the thread pointer instead of its address. */
  readonly tls: boolean
}

export interface Place {
  readonly section: InputSection
  readonly offset: number
}

export interface RelrTable {
  readonly section: InputSection
  /** 64-bit words, the lower half first. */
  words: Uint32Array
}

/** A section whose contents are known only after layout. */
export interface MadeSection {
  readonly section: InputSection
  /** Writes the contents; `out` covers just the section. */
  readonly fill: (link: Link, out: DataView) => void
  /** sh_link, as the name of the section that the contents count in, and sh_info. */
  readonly linkTo?: string
  readonly info?: number
}

export interface OutputSection {
  readonly name: string
  type: number
  flags: number
  align: number
  members: InputSection[]
  size: number
  address: LinkAddress
  /** File offset. */
  fileOffset: number
}

/** What a loadable segment is for; W^X holds for each. In a shared object everything is `text`. */
export type SegmentKind = 'read-only' | 'text' | 'relro' | 'data' | 'payload'

export interface Segment {
  readonly kind: SegmentKind
  /** PF_R, PF_W, PF_X */
  readonly flags: number
  readonly sections: OutputSection[]
  address: LinkAddress
  fileOffset: number
  fileSize: number
  memorySize: number
  align: number
}
