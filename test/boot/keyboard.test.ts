import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../base/package-root.js'
import { bareDrivers, bzImageWith, diskWith } from '../helpers/bzimage.js'
import { startMachine } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'

// As Firecracker's SendCtrlAltDel, which types the keys too.
describe('Ctrl+Alt+Del is SIGTERM', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  let images: Record<'elf' | 'bzImage' | 'disk', string>
  before(async () => {
    const init = join(packageRoot, 'test/boot/fixtures/await-term.c')
    const drivers = [...bareDrivers, 'keyboard']
    const { kernel, file } = await bzImageWith({ folder: scratch(), drivers, init })
    const write = (name: string, bytes: Uint8Array): string => {
      writeFileSync(join(scratch(), name), bytes)
      return join(scratch(), name)
    }
    images = {
      elf: write('elf', kernel.bytes),
      bzImage: write('bzImage', file.bytes),
      disk: write('disk', diskWith(file)),
    }
  })

  const machines: Readonly<Record<string, () => string[]>> = {
    pc: () => ['pc', '-kernel', images.bzImage],
    'pc, from disk, after a BIOS that used the keyboard': () => [
      'pc',
      '-drive',
      `file=${images.disk},format=raw,snapshot=on,if=ide`,
    ],
    q35: () => ['q35', '-kernel', images.elf],
    microvm: () => ['microvm', '-device', 'i8042', '-kernel', images.elf],
    'microvm without ACPI': () => ['microvm,acpi=off', '-device', 'i8042', '-kernel', images.elf],
  }
  for (const [name, args] of Object.entries(machines)) {
    it(name, async () => {
      const machine = await startMachine(
        ['-m', '64', '-cpu', 'max', '-M', ...args()],
        join(scratch(), 'monitor'),
      )
      try {
        await machine.says('waiting')
        await machine.monitor('sendkey ctrl-alt-delete')
        await machine.says('unik;exit=42')
      } finally {
        await machine.kill()
      }
    })
  }
})
