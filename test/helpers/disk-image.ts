import { writeFileSync } from 'node:fs'

// What test/boot/nvme.c does with disks, from the host's side.
const STEP = 2654435761

/** Makes an image file with words that differ from those of any other seed; returns its bytes. */
export function writeDiskImage(file: string, mib: number, seed: number): Buffer {
  const words = new Uint32Array((mib << 20) / 4).map((_, i) => Math.imul(i ^ seed, STEP))
  const bytes = Buffer.from(words.buffer)
  writeFileSync(file, bytes)
  return bytes
}

/** What the guest writes to the disk that it calls `path`. */
export function guestPattern(path: string, bytes: number): Buffer {
  const sum = [...Buffer.from(path)].reduce((a, b) => a + b, 0)
  return Buffer.from(new Uint32Array(bytes / 4).map((_, i) => Math.imul(i, STEP) + sum).buffer)
}

/** The guest's hash of a disk's bytes. */
export function guestHash(data: Uint8Array): string {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length / 4)
  const hash = words.reduce((h, word) => Math.imul((h << 5) ^ (h >>> 27) ^ word, STEP), 1)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/** -blockdev arguments for an image on which the sector can be neither read nor written. */
export function driveWithBadSector(file: string, drive: string, sector: number): string[] {
  return faultyDrive(
    file,
    drive,
    ['read_aio', 'write_aio'].map((event) => ({ event, sector, errno: 5 })),
  )
}

/** -blockdev arguments for an image on which the first flush fails. */
export function driveWithFailingFlush(file: string, drive: string): string[] {
  return faultyDrive(file, drive, [{ event: 'flush_to_disk', errno: 5, once: 'on' }])
}

function faultyDrive(
  file: string,
  drive: string,
  rules: readonly Readonly<Record<string, string | number>>[],
): string[] {
  const image = `driver=raw,node-name=${drive},file.driver=blkdebug,file.image.driver=file,file.image.filename=${file}`
  const errors = rules.flatMap((rule, i) =>
    Object.entries(rule).map(([key, value]) => `file.inject-error.${i}.${key}=${value}`),
  )
  return ['-blockdev', [image, ...errors].join(',')]
}
