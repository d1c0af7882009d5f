import type { LinkInput, LinkOptions } from './image.js'

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

/** Which archive member defines a name; the first archive in input order wins. */
export type ArchiveIndex = Map<string, ArchiveMember>

export interface ArchiveMember {
  readonly archive: LinkInput
  readonly order: number
  /** Offset of the member's header in the archive. */
  readonly offset: number
}

export interface ObjectFile {
  /** As the user knows it: `crt.o`, `libc.a(memcpy.o)`. */
  readonly name: string
  /** Position of the input, then of the archive member in it. */
  readonly order: number
  readonly memberOffset: number
  readonly bytes: Uint8Array
  readonly view: DataView
  /** By section index; only what is loaded at run time is here. */
  readonly sections: (InputSection | undefined)[]
  /** COMDAT groups: of those with the same signature only the first is linked. */
  readonly groups: { readonly signature: string; readonly members: readonly number[] }[]
  /** File offset of the symbol table; rows are read in place. */
  readonly symbolTable: number
  readonly symbolCount: number
  readonly firstGlobal: number
  /** The symbols' name table. */
  readonly names: string
  /** By symbol index: globals from resolve-symbols on, locals when first referred to. */
  readonly symbols: (LinkSymbol | undefined)[]
}

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
  /** File offset and number of the SHT_RELA rows that change this section. */
  relocations: number
  relocationCount: number
  /** Sections that live and die together with this one (SHT_GROUP). */
  group: readonly InputSection[] | undefined
  /** Set when the contents are cut into pieces and merged with equal ones. */
  pieces: Pieces | undefined
  live: boolean
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
  /** None for absolute symbols and those that the linker computes. */
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
  readonly members: InputSection[]
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
