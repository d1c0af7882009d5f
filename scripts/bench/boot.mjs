// How a bootable starts: guest instructions (RDTSC under -icount shift=0, idle time taken off), device accesses, time, memory.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildApp } from './apps.mjs'
import { bootOnce, runOnce } from './guest.mjs'
import { atMost, count, median, million, ms } from './row.mjs'

const icount = ['-icount', 'shift=0,sleep=off']

export async function boot(scratch) {
  const [hello, http] = [await buildApp(scratch, 'hello'), await buildApp(scratch, 'http')]
  const script = await runOnce(hello, { emulatorArgs: icount, kernelWords: ['trace=boot'] })
  const server = await bootOnce(http, { emulatorArgs: ['-icount', 'shift=0'], kernelWords: ['trace=boot'] })
  const starts = []
  for (let i = 0; i < 20; i++) starts.push((await bootOnce(http)).response)
  return [
    atMost('kernel entry → ring 3', 0.8e6, script.marks.get('app'), million),
    atMost('→ first output of a script hello', 3e6, script.marks.get('output'), million),
    atMost('→ first HTTP 200', 5e6, server.marks.get('response'), million),
    atMost(
      'process start → first HTTP 200 (microvm, TCG, median of 20)',
      150,
      median(starts.map((value) => value ?? Number.NaN)),
      ms,
    ),
    atMost('device accesses, entry → first output, microvm', 250, await accesses(scratch, hello, {}), count),
    atMost(
      'device accesses, entry → first output, q35',
      1000,
      await accesses(scratch, hello, { adaptRecipe: asQ35 }),
      count,
    ),
    atMost('memory that HTTP hello needs', 8, await leastMemory(http), (value) => `${value} MiB`),
  ]
}

const asQ35 = (recipe) => ({
  ...recipe,
  machine: 'q35',
  nic: 'virtio-net-pci,romfile=',
  rng: 'virtio-rng-pci',
})

// QEMU logs every access to a device; the kernel's begin after the firmware's last look at fw_cfg, and the first output is the
// first byte of "hello" written to the serial port.
async function accesses(scratch, app, changes) {
  const log = join(scratch, 'accesses.log')
  await runOnce(app, {
    ...changes,
    emulatorArgs: ['-d', 'trace:memory_region_ops_read,trace:memory_region_ops_write', '-D', log],
  })
  const lines = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes('memory_region_ops_'))
  const entry = lines.findLastIndex((line) => /fwcfg|fw_cfg/.test(line))
  const output = lines.findIndex((line, i) => i > entry && line.includes('addr 0x3f8 value 0x68 '))
  return output < 0 ? Number.NaN : output - entry
}

// The least -m with which the server answers; every size up to 16 MiB above it must work too.
async function leastMemory(app) {
  let least = Number.NaN
  for (let size = 16; size >= 4; size--) {
    const args = ['-m', String(size)]
    const { response } = await bootOnce(app, { emulatorArgs: args }, 5000)
    if (response === undefined) break
    least = size
  }
  return least
}
