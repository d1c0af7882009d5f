/** A kernel for loaders that know Linux' boot protocol, UEFI, or nothing but sectors. */
export interface BzImage {
  /** 4096 bytes of header, then the flat kernel. Loaders of Linux take it as it is; UEFI firmware runs it as an application. */
  readonly bytes: Uint8Array
  /**
   * 440 bytes of BIOS boot code for a disk or CD that holds `bytes` in one piece from sector `lba` on, counted in 512
   * bytes also on a CD. They stand in front of the MBR's disk signature; the mark 55 AA at 510 is the caller's.
   * On a CD the same sector is the El Torito boot image (no emulation, one sector of 2048 bytes).
   */
  bootSector(lba: number): Uint8Array
}
