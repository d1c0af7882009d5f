/** A virtual address, which may lie above 2^53. File offsets and sizes are `number`. */
export type Address = bigint

/** What the linker hands on: the bytes of one ELF file, and what a host needs to explain addresses in it. */
export interface Image {
  readonly bytes: Uint8Array
  readonly entry: Address
  /** SHA-1-sized build id (hex), derived from the content. */
  readonly buildId: string
  /** Functions and objects, by address. They stay on the host: the ELF itself is stripped. */
  readonly symbols: readonly ImageSymbol[]
  /** Output sections in layout order. */
  readonly sections: readonly ImageSection[]
  /** Objects and archive members of which something is linked, in input order: `program.o`, `libc.a(memcpy.o)`. */
  readonly inputs: readonly string[]
}

export interface ImageSymbol {
  readonly name: string
  readonly address: Address
  readonly size: number
  readonly type: 'function' | 'object' | 'other'
  /** The input that defines it: `libc.a(memcpy.o)`. */
  readonly input: string
}

export interface ImageSection {
  readonly name: string
  readonly address: Address
  readonly offset: number
  readonly size: number
}

/** Bytes, one after another, that lie in different places. */
export type Parts = readonly Uint8Array[]

/** One relocatable object or archive, told apart by its first bytes. */
export interface LinkInput {
  readonly name: string
  readonly bytes: Uint8Array
  /**
   * Contents of sections, by section index, that the object itself leaves out (SHT_NOBITS there): large data that shall
   * not be copied into an object first. `describeObject` in object-writer.ts makes such inputs.
   */
  readonly contents?: ReadonlyMap<number, Parts>
}

export interface LinkOptions {
  /**
   * static-pie: the app ELF (DT_RELR, RELRO, TLS, no interpreter).
   * kernel: a position-independent kernel, physical = virtual addresses from `base`, PVH note, own relocation table.
   * shared: a small shared object (the vDSO): dynsym, DT_HASH, symbol version.
   */
  readonly output: 'static-pie' | 'kernel' | 'shared'
  readonly entry?: string
  /** Lowest load address; kernel only. */
  readonly base?: Address
  /** Symbols that are linked although nothing refers to them (`-u`): engine modules, drivers. */
  readonly roots?: readonly string[]
  /** shared only: DT_SONAME, and the version given to every exported symbol. */
  readonly soname?: string
  readonly version?: string
}
