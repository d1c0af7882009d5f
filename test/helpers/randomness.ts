import { join } from 'node:path'
import { packageRoot } from '../../base/package-root.js'
import { run } from '../../base/run.js'
import { bootableWith } from './bootable.js'
import { bareDrivers } from './bzimage.js'
import { startMachine } from './machine.js'
import { inImage, kernelStacks, parsePageTables } from './page-tables.js'

/** What one boot has drawn, by name. */
export type Draw = Readonly<Record<string, bigint>>

/** How many bits of each must be random (the design's "Kernel"); of what is 16 bytes, or a word without its first byte, all. */
export const wanted: Readonly<Record<string, number>> = {
  pie: 28,
  mmap: 28,
  stack: 22,
  heap: 28,
  'mmap - stack': 28,
  'pie - mmap': 28,
  'random-low': 64,
  'random-high': 64,
  canary: 56,
  image: 9,
  'direct map': 9,
  'kernel stacks': 9,
  'image - direct map': 9,
}

/** An image whose program tells where it is. Returns its path. */
export async function imageOfPlaces(folder: string): Promise<string> {
  const program = join(folder, 'places')
  const source = join(packageRoot, 'test/boot/fixtures/places.c')
  await run('gcc', ['-O1', '-static-pie', '-fstack-protector-all', source, '-o', program])
  return bootableWith({ folder, name: 'places', drivers: bareDrivers, init: program })
}

/** Boots the image once. `cpu` decides what there is of entropy. */
export async function draw(image: string, folder: string, cpu = 'max'): Promise<Draw> {
  const args = ['-M', 'microvm,x-option-roms=off', '-cpu', cpu, '-m', '32', '-kernel', image]
  const machine = await startMachine(args, join(folder, 'monitor'))
  try {
    await machine.says('ready')
    const told = [...machine.text().matchAll(/^([\w-]+)=([0-9a-f]{16})\r?$/gm)]
    const values = Object.fromEntries(told.map(([, name = '', value]) => [name, BigInt(`0x${value}`)]))
    const pages = parsePageTables(await machine.monitor('info tlb'))
    const kernel = {
      image: pages.find(inImage)?.virtual ?? 0n,
      'direct map': pages.find((page) => page.virtual >= 1n << 63n)?.virtual ?? 0n,
      'kernel stacks': kernelStacks(pages)[0]?.start ?? 0n,
    }
    return withDifferences({ ...values, ...kernel })
  } finally {
    await machine.kill()
  }
}

/** Places that are random but move together give each other away. */
function withDifferences(values: Record<string, bigint>): Draw {
  const all = { ...values }
  for (const name of Object.keys(wanted)) {
    const [one = '', other] = name.split(' - ')
    if (other !== undefined) all[name] = BigInt.asUintN(64, (values[one] ?? 0n) - (values[other] ?? 0n))
  }
  return all
}

/** How many bits of this were seen as 0 and as 1. Of n boots a random bit shows but one value with probability 2^(1-n). */
export function varyingBits(draws: readonly Draw[], name: string): number {
  let ever = 0n
  let always = (1n << 64n) - 1n
  for (const each of draws) {
    ever |= each[name] ?? 0n
    always &= each[name] ?? 0n
  }
  return (ever & ~always).toString(2).replaceAll('0', '').length
}

/** How many of the values were seen before. */
export function repeats(draws: readonly Draw[], name: string): number {
  return draws.length - new Set(draws.map((each) => each[name])).size
}

/** For how many standard deviations the bit that is furthest from "half of the time" is off, of those that vary. */
export function worstBias(draws: readonly Draw[], name: string, bits: number): number {
  const deviation = Math.sqrt(draws.length) / 2
  const off = Array.from({ length: 64 }, (_, bit) => {
    const ones = draws.filter((each) => ((each[name] ?? 0n) >> BigInt(bit)) & 1n).length
    return Math.abs(ones - draws.length / 2) / deviation
  })
  return off.sort((a, b) => a - b)[bits - 1] ?? 0
}
