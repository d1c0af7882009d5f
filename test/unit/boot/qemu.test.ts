import { expect } from 'chai'
import { qemuArguments } from '../../../boot/machines/qemu.js'

describe('QEMU command line', () => {
  const recipe = {
    kind: 'qemu',
    machine: 'microvm',
    kernel: 'app.elf',
    nic: undefined,
    rng: undefined,
  } as const
  const options = { memory: 8, ports: [], accel: 'tcg', args: [], env: {}, kernelWords: [] } as const

  it('has a place for a second processor: else old TCG drops the memory barriers that virtio lives on', () => {
    const args = qemuArguments(recipe, options)
    expect(args[args.indexOf('-smp') + 1]).to.equal('1,maxcpus=2')
  })
})
