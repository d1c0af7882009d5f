import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Unavailable } from '../../base/unavailable.js'
import type { Firmware } from '../../targets/lib/recipe.js'
import type { FirmwareText } from '../firmware-text.js'
import { addBootEntry } from './boot-entry.js'

const ovmf = { debianPackage: 'ovmf' }

/** The packages of firmware that QEMU's own does not bring. */
export function firmwarePackages(firmware: Firmware | undefined): readonly { debianPackage: string }[] {
  return firmware === 'ovmf' ? [ovmf] : []
}

/**
 * -drive arguments for UEFI firmware, with variables of this run's own in `work`; the other firmware is QEMU's default. With
 * `address` the variables have it start from that file of a web server.
 */
export function firmwareArguments(
  firmware: Firmware | undefined,
  work: string,
  address?: string,
): readonly string[] {
  if (firmware !== 'ovmf') return []
  const found = findOvmf()
  if (found === undefined)
    throw new Unavailable(
      `the package ${ovmf.debianPackage}`,
      'OVMF, the UEFI firmware of virtual machines, is not installed',
      {
        hint: `install it: apt-get install ${ovmf.debianPackage} (Debian, Ubuntu), edk2-ovmf (Fedora, Arch)`,
      },
    )
  const variables = join(work, 'variables.fd')
  const initial = readFileSync(found.variables)
  writeFileSync(variables, address === undefined ? initial : addBootEntry(initial, address))
  return [
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${found.code}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${variables}`],
  ]
}

/** Where the firmware is, and what its variables are at first. */
export function findOvmf(): { readonly code: string; readonly variables: string } | undefined {
  return builds.find(({ code, variables }) => existsSync(code) && existsSync(variables))
}

/** SeaBIOS writes nothing to the serial line; OVMF tells there what it starts, its own shell when nothing else can be. */
export function firmwareText(firmware: Firmware | undefined): FirmwareText | undefined {
  if (firmware !== 'ovmf') return undefined
  return {
    end: /BdsDxe: starting \w+ "(?!EFI Internal Shell)[^\n]*\n/,
    failure: /BdsDxe: starting \w+ "EFI Internal Shell/,
  }
}

/** Debian and Ubuntu, Fedora, Arch, and the builds that QEMU itself installs. */
const builds = [
  pair('/usr/share/OVMF', 'OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'),
  pair('/usr/share/OVMF', 'OVMF_CODE.fd', 'OVMF_VARS.fd'),
  pair('/usr/share/edk2/ovmf', 'OVMF_CODE.fd', 'OVMF_VARS.fd'),
  pair('/usr/share/edk2/x64', 'OVMF_CODE.4m.fd', 'OVMF_VARS.4m.fd'),
  pair('/usr/share/qemu', 'edk2-x86_64-code.fd', 'edk2-i386-vars.fd'),
  pair('/usr/local/share/qemu', 'edk2-x86_64-code.fd', 'edk2-i386-vars.fd'),
  pair('/opt/homebrew/share/qemu', 'edk2-x86_64-code.fd', 'edk2-i386-vars.fd'),
]

function pair(folder: string, code: string, variables: string): { code: string; variables: string } {
  return { code: join(folder, code), variables: join(folder, variables) }
}
