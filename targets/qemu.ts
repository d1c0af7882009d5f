import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeReadme } from './lib/readme.js'
import type { BuildFacts, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** A PVH ELF that QEMU's -kernel starts on microvm, pc and q35; also what Cloud Hypervisor and Firecracker load. */
const qemu: Target = {
  name: 'qemu',
  layer: 'VM image',
  summary: 'one bootable ELF (PVH) for QEMU -kernel',
  artefact: 'PVH ELF',
  platform: 'QEMU -kernel',
  varies: ['machine (microvm, pc, q35)', 'accelerator (KVM, TCG)'],
  carries: 'elf',
  proof: "booted on the platform's own hardware model",
  write(build, folder) {
    const image = build.bootable([
      'serial-16550',
      'virtio-net',
      'virtio-rng',
      'acpi-power',
      'debug-exit',
      'keyboard-reset',
    ])
    writeFileSync(join(folder, `${build.name}.elf`), image.bytes)
    writeDebugFiles(build, folder, image)
    describe(build, folder)
  },
  recipe: (build, folder) => ({
    kind: 'qemu',
    machine: 'microvm,x-option-roms=off,pic=off,rtc=on,isa-serial=on',
    firmware: 'none',
    boot: { from: 'kernel', file: join(folder, `${build.name}.elf`) },
    nic: 'virtio-net-device',
    rng: 'virtio-rng-device',
  }),
}
export default qemu

function describe({ name, port, memory }: BuildFacts, folder: string): void {
  const start = (machine: string, bus: string) => [
    `qemu-system-x86_64 -machine ${machine} -cpu max -m ${memory.default} -nographic -no-reboot -kernel ${name}.elf \\`,
    `  -device virtio-rng-${bus} -device virtio-net-${bus},netdev=net -netdev user,id=net${port === undefined ? '' : `,hostfwd=tcp:127.0.0.1:${port}-:${port}`}`,
  ]
  writeReadme(
    folder,
    `${name} for QEMU`,
    `${name}.elf starts by PVH on microvm, pc and q35. Ctrl-A X ends QEMU.`,
    [
      { title: 'Start', text: 'With KVM, add -accel kvm.', commands: start('microvm,rtc=on', 'device') },
      { title: 'On a PC', commands: start('q35', 'pci') },
    ],
  )
}
