import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDynamicVhd } from './formats/vhd.js'
import { writeVhdx } from './formats/vhdx.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { hypervDrivers } from './lib/drivers.js'
import { withUefi } from './lib/firmware.js'
import type { Options, OptionValues } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

const options = {
  generation: {
    type: 'choice',
    values: ['1', '2'],
    default: '1',
    summary: 'generation of the machine that create.ps1 makes when it is not told',
  },
  switch: {
    type: 'text',
    pattern: /^[^']+$/,
    form: 'the name of a switch',
    default: 'Default Switch',
    summary: 'virtual switch that the machine is connected to',
  },
} as const satisfies Options

/** Disks for both generations of machines. Of VMBus, and of the older network card, there are no drivers yet. */
const hyperv: Target<typeof options> = {
  name: 'hyperv',
  layer: 'VM image',
  summary: 'VHD (generation 1), VHDX (generation 2) and the script that makes a machine',
  artefact: 'VHD, VHDX, create.ps1',
  platform: 'Hyper-V',
  varies: ['generation (1, 2)'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  options,
  memory: diskMemory,
  write(build, folder, values) {
    const { image, kernel } = bootDisk(build, hypervDrivers)
    writeFileSync(join(folder, 'create.ps1'), script(build.name, diskMemory(build).default, values))
    describe(build.name, folder)
    writeDebugFiles(build, folder, kernel)
    return {
      ...writeDisk(folder, `${build.name}.vhd`, writeDynamicVhd(image)),
      ...writeDisk(folder, `${build.name}.vhdx`, writeVhdx(image)),
    }
  },
  recipe(build, folder) {
    const file = (ending: string) => join(folder, `${build.name}.${ending}`)
    const base = { kind: 'qemu', nic: 'virtio-net-pci,romfile=', rng: undefined, vga: 'VGA' } as const
    const ide = { from: 'disk', file: file('vhd'), format: 'vpc', controller: 'ide' } as const
    // Its disk is seen by the firmware only, as VMBus's is: of neither SCSI is there a driver in the image.
    const scsi = { from: 'disk', file: file('vhdx'), format: 'vhdx', controller: 'virtio-scsi' } as const
    return [
      { name: 'gen1', recipe: { ...base, machine: 'pc', boot: ide, disks: 'ide' } },
      { name: 'gen2', recipe: withUefi({ ...base, machine: 'q35', boot: scsi }, build) },
    ]
  },
}
export default hyperv

/** Hyper-V gives at least 32 MiB, and an even number of them. */
function script(
  name: string,
  memory: number,
  { generation, switch: network }: OptionValues<typeof options>,
): string {
  return `# Makes a Hyper-V machine: create.ps1 [-Generation 1|2] [-Switch NAME] [-Folder WHERE ITS DISK SHALL BE]
param(
  [ValidateSet(1, 2)][int]$Generation = ${generation},
  [string]$Switch = '${network}',
  [string]$Folder = (Join-Path $env:ProgramData 'unik')
)
$ErrorActionPreference = 'Stop'
$name = '${name}'
$disk = if ($Generation -eq 1) { "$name.vhd" } else { "$name.vhdx" }
New-Item -ItemType Directory -Force $Folder | Out-Null
Copy-Item (Join-Path $PSScriptRoot $disk) $Folder
# A disk must not be a sparse file of the file system.
fsutil sparse setflag (Join-Path $Folder $disk) 0 | Out-Null
New-VM -Name $name -Generation $Generation -MemoryStartupBytes ${Math.max(32, Math.ceil(memory / 2) * 2)}MB -VHDPath (Join-Path $Folder $disk) -SwitchName $Switch
Set-VMMemory -VMName $name -DynamicMemoryEnabled $false
Set-VMComPort -VMName $name -Number 1 -Path "\\\\.\\pipe\\$name"
if ($Generation -eq 2) { Set-VMFirmware -VMName $name -EnableSecureBoot Off }
`
}

function describe(name: string, folder: string): void {
  writeReadme(
    folder,
    `${name} for Hyper-V`,
    `${name}.vhd is the disk of a machine of generation 1 (BIOS, IDE), ${name}.vhdx of one of generation 2 (UEFI). The first serial port is the console.`,
    [
      {
        title: 'What is missing',
        text: 'Hyper-V’s network cards (VMBus, and DEC 21140) have no driver yet: an app without a server runs, a server ends at once, saying so. Generation 2 has its disk on VMBus too, so a root file system above 8 MiB, which is read from the disk, starts on generation 1 only.',
      },
      {
        title: 'Make a machine and start it',
        text: 'In a PowerShell of an administrator:',
        commands: ['.\\create.ps1 -Generation 1', `Start-VM ${name}`],
      },
    ],
  )
}
