import type { QemuRecipe } from '../../targets/lib/recipe.js'
import type { PortForward } from '../machine.js'

/**
 * -netdev and -device arguments: QEMU's user network with its forwards, and what the card's firmware is told to start from: a file of
 * QEMU's TFTP server, or of the web server that listens on `webPort` of the host.
 */
export function networkArguments(
  recipe: QemuRecipe,
  ports: readonly PortForward[],
  webPort?: number,
): readonly string[] {
  if (recipe.nic === undefined) return []
  const forwards = ports.map((port) => `,hostfwd=tcp:127.0.0.1:${port.host}-:${port.guest}`).join('')
  const boot = bootFile(recipe, webPort)
  const device = `${recipe.nic},netdev=net0${boot === '' ? '' : ',bootindex=1'}`
  return ['-netdev', `user,id=net0${forwards}${boot}`, '-device', device]
}

/** The host, as the guest sees it in QEMU's user network. */
const host = '10.0.2.2'

function bootFile({ boot }: QemuRecipe, webPort: number | undefined): string {
  if (boot.from !== 'network') return ''
  if (boot.by === 'http') return `,bootfile=http://${host}:${webPort}/${boot.file}`
  return `,tftp=${boot.folder.replaceAll(',', ',,')},bootfile=${boot.file}`
}
