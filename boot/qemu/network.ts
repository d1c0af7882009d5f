import type { QemuRecipe } from '../../targets/lib/recipe.js'
import type { PortForward } from '../machine.js'

/** -netdev and -device arguments: QEMU's user network with its forwards, and its TFTP server when the machine starts from it. */
export function networkArguments(recipe: QemuRecipe, ports: readonly PortForward[]): readonly string[] {
  if (recipe.nic === undefined) return []
  const { boot } = recipe
  const forwards = ports.map((port) => `,hostfwd=tcp:127.0.0.1:${port.host}-:${port.guest}`).join('')
  const isBoot = boot.from === 'network'
  const tftp = isBoot ? `,tftp=${boot.folder.replaceAll(',', ',,')},bootfile=${boot.file}` : ''
  const device = `${recipe.nic},netdev=net0${isBoot ? ',bootindex=1' : ''}`
  return ['-netdev', `user,id=net0${forwards}${tftp}`, '-device', device]
}
