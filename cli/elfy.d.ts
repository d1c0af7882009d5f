declare module 'elfy' {
  /** The parts of elfy's result that we read; it throws when the bytes are no ELF file, or are cut off. */
  export interface ElfFile {
    readonly class: string
    readonly type: string
    readonly machine: string
    readonly body: {
      readonly programs: readonly { readonly type: string; readonly memsz: number; readonly data: Buffer }[]
      readonly sections: readonly { readonly name: string; readonly size: number }[]
    }
  }
  const elfy: { parse(file: Buffer): ElfFile }
  export default elfy
}
