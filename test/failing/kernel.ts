import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot, prebuilt } from '../../base/package-root.js'
import { run } from '../../base/run.js'
import { kernelRuntime } from '../../cli/runtime.js'
import type { Bootable } from '../../linker/link-bootable.js'

const WRAPPED = ['kmalloc', 'kzalloc', 'krealloc', 'page_alloc', 'page_alloc_zeroed', 'page_alloc_app']
const SEEN = ['sys_dispatch', 'power_off']
// As kernel/Makefile compiles, but for what makes the image smaller.
const FLAGS = [
  ...['-std=gnu17', '-Os', '-ffreestanding', '-fPIE', '-fvisibility=hidden', '-mno-red-zone'],
  ...['-mgeneral-regs-only', '-fno-strict-aliasing', '-fcf-protection=none', '-fno-plt', '-fno-jump-tables'],
  ...['-fno-asynchronous-unwind-tables', '-fno-omit-frame-pointer', '-fno-stack-protector'],
  ...['-fno-optimize-sibling-calls', '-Wall', '-Wextra', '-Werror'],
]

/**
 * The objects of the kernel as it is shipped, with test/failing/fail-alloc.c in front of its allocators: their names are made weak,
 * so that the linker takes those of the test, and `real_…` leads to what they led to.
 */
export async function failingKernel(folder: string): Promise<Pick<Bootable, 'kernel' | 'vdso'>> {
  const kernel = join(folder, 'kernel.o')
  const wrapper = join(folder, 'fail-alloc.o')
  const options = [...WRAPPED, ...SEEN].flatMap((name) => [
    `--weaken-symbol=${name}`,
    `--add-symbol=real_${name}=.text.${name}:0,function,global`,
  ])
  await run('objcopy', [...options, prebuilt('kernel/kernel.o'), kernel])
  const includes = ['-I', join(packageRoot, 'runtime-x86_64/kernel')]
  const source = join(packageRoot, 'test/failing/fail-alloc.c')
  await run('gcc', [...FLAGS, ...includes, '-c', source, '-o', wrapper])
  const shipped = kernelRuntime()
  return {
    ...shipped,
    kernel: [
      { name: 'fail-alloc.o', bytes: readFileSync(wrapper) },
      ...shipped.kernel.map((input) =>
        input.name === 'kernel.o' ? { ...input, bytes: readFileSync(kernel) } : input,
      ),
    ],
  }
}
