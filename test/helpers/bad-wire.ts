import { join } from 'node:path'
import { packageRoot } from '../../base/package-root.js'
import { tryRun } from '../../base/run.js'
import { bootableWith, compileStatic } from './bootable.js'

/** Of 1,000 frames so many, each way. */
export interface Faults {
  readonly loss: number
  readonly duplication: number
  readonly reordering: number
  readonly damage: number
}

/**
 * Sends so many MiB from a guest to this host and back, every word checked, through a wire that has faults (wire.c), in a network
 * namespace of their own. What both sides and the wire said: "all of it is right" when it was.
 */
export async function transferOverBadWire(
  folder: string,
  mebibytes: number,
  faults: Faults,
  limit: number,
): Promise<string> {
  const transfer = await compileStatic(
    join(packageRoot, 'scripts/bench/transfer.c'),
    join(folder, 'transfer'),
  )
  const wire = await compileStatic(join(packageRoot, 'test/helpers/wire.c'), join(folder, 'wire'))
  const drivers = ['serial-16550', 'acpi-power', 'debug-exit', 'virtio-net']
  const kernel = await bootableWith({ folder, name: 'transfer-image', drivers, init: transfer })
  const { loss, duplication, reordering, damage } = faults
  const steps = [
    'ip tuntap add tap0 mode tap && ip address add 10.0.0.1/24 dev tap0 && ip link set tap0 up && ip link set lo up',
    `${wire} tap0 7001 7002 ${loss} ${duplication} ${reordering} ${damage} & wire=$!`,
    `${transfer} peer 5001 >&2 & peer=$!`,
    '"$@"; kill $wire $peer; wait $wire',
  ]
  const words = `ip=10.0.0.2::10.0.0.1:255.255.255.0::eth0:off -- net 10.0.0.1 10.0.0.2 5001 ${mebibytes}`
  const qemu = [
    ...['qemu-system-x86_64', '-M', 'q35', '-accel', 'tcg', '-cpu', 'max', '-smp', '1,maxcpus=2', '-m', '64'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
    ...[
      '-netdev',
      'socket,id=n,udp=127.0.0.1:7001,localaddr=127.0.0.1:7002',
      '-device',
      'virtio-net-pci,netdev=n',
    ],
    ...['-kernel', kernel, '-append', words],
  ]
  const all = ['-n', 'sh', '-c', steps.join('\n'), 'sh', ...qemu]
  const { stdout, stderr } = await tryRun('unshare', all, { timeout: limit })
  return stdout + stderr
}
