import type { QemuRecipe } from '../../targets/lib/recipe.js'
import type { PortForward } from '../machine.js'

/** The host, as the guest sees it in QEMU's user network. */
export const hostAddress = '10.0.2.2'

/**
 * -netdev and -device arguments: QEMU's user network with its forwards, and what the card's own firmware is told to start from: a
 * file of QEMU's TFTP server, or one at `address`. UEFI has that in a variable.
 */
export function networkArguments(
  recipe: QemuRecipe,
  ports: readonly PortForward[],
  address?: string,
): readonly string[] {
  const { boot, nic } = recipe
  if (nic === undefined) return []
  const forwards = ports.map((port) => `,hostfwd=tcp:127.0.0.1:${port.host}-:${port.guest}`).join('')
  const device = `${nic},netdev=net0${boot.from === 'network' ? ',bootindex=1' : ''}`
  return ['-netdev', `user,id=net0${forwards}${bootFile(recipe, address)}`, '-device', device]
}

function bootFile({ boot, firmware }: QemuRecipe, address: string | undefined): string {
  if (boot.from !== 'network') return ''
  if (boot.by === 'http') return firmware === 'ovmf' ? '' : `,bootfile=${address}`
  return `,tftp=${boot.folder.replaceAll(',', ',,')},bootfile=${boot.file}`
}
