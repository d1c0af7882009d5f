import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { bootableWith, runMachine } from '../helpers/bootable.js'
import { scratchFolder } from '../helpers/scratch.js'

// Devices as Google Compute Engine has them: without virtio's interface of version 1.
describe('virtio before version 1, on PCI', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  let kernel = ''

  before(async () => {
    const busybox = readFileSync('/bin/busybox')
    kernel = await bootableWith({
      folder: scratch(),
      drivers: [
        'serial-16550',
        'virtio-net',
        'virtio-blk',
        'acpi-power',
        'keyboard-reset',
        'virtio-pci-legacy',
      ],
      files: [{ path: 'busybox', type: 'file', mode: 0o755, data: busybox }],
    })
  })

  for (const machine of ['pc', 'q35'])
    for (const interrupts of ['', ',vectors=0']) {
      const how = interrupts === '' ? 'MSI-X' : 'INTx'
      it(`${machine}, ${how}: a disk is written and the network gives an address`, async () => {
        const disk = join(scratch(), `${machine}${how}.img`)
        writeFileSync(disk, '')
        truncateSync(disk, 16 << 20)
        const { text, status } = await runMachine([
          ...['-M', machine, '-m', '64', '-kernel', kernel],
          ...['-append', 'init=/busybox verbose -- dd if=/dev/zero of=/dev/vda bs=1M count=8 conv=fsync'],
          ...[
            '-netdev',
            'user,id=n',
            '-device',
            `virtio-net-pci,netdev=n,romfile=,disable-modern=on${interrupts}`,
          ],
          ...['-drive', `if=none,id=d,format=raw,file=${disk}`],
          ...['-device', `virtio-blk-pci,drive=d,disable-modern=on${interrupts}`],
        ])
        expect(text).to.contain('8+0 records out').and.contain('eth0: 10.0.2.15')
        expect(status).to.equal(0)
      })
    }
})
