import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../base/package-root.js'
import { run } from '../../base/run.js'
import type { BzImage } from '../../linker/bzimage.js'
import { flattenKernel } from '../../linker/flat-image.js'
import type { Image } from '../../linker/image.js'

export interface Loading {
  readonly kernel: Image
  readonly file: BzImage
  readonly target: bigint
  /** What the rest of the image's memory holds. */
  readonly fill: number
  /** Of the loader's page tables. */
  readonly levels: 4 | 5
}

/** Links a loader (fixtures/linux64.S) around a kernel that it enters in long mode. Returns its path. */
export async function linux64Loader(folder: string, loading: Loading): Promise<string> {
  const { kernel, file, target, fill, levels } = loading
  const at = (name: string): string => join(folder, name)
  writeFileSync(at('flat'), file.bytes.subarray(4096))
  const values = { TARGET: target, MEMORY_SIZE: flattenKernel(kernel).memorySize, FILL: fill, LEVELS: levels }
  const defines = Object.entries(values).map(([name, value]) => `-D${name}=${value}`)
  const source = join(packageRoot, 'test/boot/fixtures/linux64.S')
  await run('gcc', ['-c', ...defines, `-DPAYLOAD="${at('flat')}"`, source, '-o', at('linux64.o')])
  await run('ld', ['-e', 'start', '-Ttext-segment=0x4000000', at('linux64.o'), '-o', at('linux64')])
  return at('linux64')
}
