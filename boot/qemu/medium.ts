import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../base/user-error.js'
import type { BootMedium, QemuRecipe } from '../../targets/lib/recipe.js'
import type { ExtraDisk } from '../machine.js'
import { type Attached, attachCd, attachDisks } from './controllers.js'

/** -drive and -device arguments for what the machine starts from and for the disks beside it. */
export function mediumArguments(
  recipe: QemuRecipe,
  extra: readonly ExtraDisk[],
  work: string,
): readonly string[] {
  const { boot, machine } = recipe
  const disks = extra.map(({ file, format }, at) => ({
    drive: drive(`extra${at}`, file, format, false),
    attached: { id: `extra${at}` },
  }))
  const own = ownDisk(boot, work)
  const all = [...(own === undefined ? [] : [own]), ...disks]
  return [
    ...all.flatMap(({ drive: words }) => ['-drive', words]),
    ...attachAll(
      recipe,
      own?.attached,
      disks.map(({ attached }) => attached),
    ),
    ...(boot.from === 'cd'
      ? ['-drive', drive('cd', boot.file, 'raw', true), ...attachCd(machine, { id: 'cd', boot: true })]
      : []),
  ]
}

/** The file that must be there for the machine to start. */
export function checkMedium(boot: BootMedium): void {
  const file = fileOf(boot)
  if (!existsSync(file)) throw new UserError(`no such file: ${file}`)
}

function fileOf(boot: BootMedium): string {
  if (boot.from === 'network') return join(boot.folder, boot.file)
  if (boot.from === 'urunc') return boot.image.file
  return boot.from === 'disk' && boot.within !== undefined ? boot.within.file : boot.file
}

function attachAll(
  recipe: QemuRecipe,
  own: Attached | undefined,
  extra: readonly Attached[],
): readonly string[] {
  const { boot, machine, disks } = recipe
  const controller = boot.from === 'disk' ? boot.controller : boot.from === 'efi' ? 'ahci' : undefined
  if (own === undefined || controller === undefined)
    return disks === undefined ? [] : attachDisks(disks, machine, extra)
  if (controller === disks) return attachDisks(controller, machine, [own, ...extra])
  return [
    ...attachDisks(controller, machine, [own]),
    ...(disks === undefined ? [] : attachDisks(disks, machine, extra)),
  ]
}

function ownDisk(boot: BootMedium, work: string): { drive: string; attached: Attached } | undefined {
  const attached = { id: 'boot', boot: true }
  if (boot.from === 'disk') return { drive: drive('boot', boot.file, boot.format, true), attached }
  if (boot.from !== 'efi') return undefined
  const volume = join(work, 'volume')
  mkdirSync(join(volume, 'EFI', 'BOOT'), { recursive: true })
  copyFileSync(boot.file, join(volume, 'EFI', 'BOOT', 'BOOTX64.EFI'))
  // QEMU makes a FAT volume of the folder.
  return { drive: drive('boot', `fat:${volume}`, 'raw', true), attached }
}

// A comma in a value is doubled.
function drive(id: string, file: string, format: string, snapshot: boolean): string {
  const keep = snapshot ? ',snapshot=on' : ''
  return `if=none,id=${id},format=${format},file=${file.replaceAll(',', ',,')}${keep}`
}
