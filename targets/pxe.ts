import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pcDrivers } from './lib/drivers.js'
import { withUefi } from './lib/firmware.js'
import { writeReadme } from './lib/readme.js'
import type { BuildFacts, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** A folder for a TFTP or HTTP server from which machines start over the network, by iPXE or by UEFI's own PXE and HTTP boot. */
const pxe: Target = {
  name: 'pxe',
  layer: 'OS image',
  summary: 'folder for a TFTP or HTTP server: iPXE script, bzImage, UEFI application',
  artefact: 'boot.ipxe, bzImage, UEFI application, dnsmasq.conf',
  platform: 'machines that start over the network',
  varies: ['firmware (BIOS by iPXE, UEFI)', 'network card'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  write(build, folder) {
    const { file, kernel } = build.bootFile(pcDrivers)
    const write = (name: string, data: string | Uint8Array) => writeFileSync(join(folder, name), data)
    write(`${build.name}.bzimage`, file.bytes)
    write(`${build.name}.efi`, file.bytes)
    write('boot.ipxe', script(build.name))
    write('dnsmasq.conf', serverConfiguration(build.name))
    writeDebugFiles(build, folder, kernel)
    describe(build, folder)
  },
  recipe(build, folder) {
    const base = { kind: 'qemu', machine: 'q35', disks: 'ahci', rng: undefined } as const
    // iPXE, the card's own ROM, holds the file while it is put into place.
    const ipxe = { ...base, nic: 'e1000e', leastMemory: 2 * build.memory.minimum }
    const efi = { ...base, nic: 'virtio-net-pci,romfile=' }
    const network = (file: string, by: 'tftp' | 'http') => ({ from: 'network', folder, file, by }) as const
    const application = `${build.name}.efi`
    return [
      { name: 'iPXE-TFTP', recipe: { ...ipxe, boot: network('boot.ipxe', 'tftp') } },
      { name: 'iPXE-HTTP', recipe: { ...ipxe, boot: network('boot.ipxe', 'http') } },
      { name: 'UEFI-PXE', recipe: withUefi({ ...efi, boot: network(application, 'tftp') }, build) },
      { name: 'UEFI-HTTP', recipe: withUefi({ ...efi, boot: network(application, 'http') }, build) },
    ]
  },
}
export default pxe

// A name without a scheme is looked for beside the script.
function script(name: string): string {
  return `#!ipxe\nkernel ${name}.bzimage\nboot\n`
}

/** Beside a DHCP server that is there already; option 93 is the client's architecture (RFC 4578, 2.1). */
function serverConfiguration(name: string): string {
  return `# A boot server beside the network's own DHCP server. Adapt the two lines marked with <-, then:
#   dnsmasq --no-daemon --conf-file=dnsmasq.conf
port=0
dhcp-range=192.168.0.0,proxy
#          ^ <- the network
enable-tftp
tftp-root=/srv/tftp/${name}
#         ^ <- this folder

# iPXE, from the card's own ROM or chained: it runs the script.
dhcp-userclass=set:ipxe,iPXE
dhcp-boot=tag:ipxe,boot.ipxe

# UEFI firmware (x86-64: 7, and 9 of some machines) loads the application itself.
dhcp-match=set:efi,option:client-arch,7
dhcp-match=set:efi,option:client-arch,9
pxe-service=tag:!ipxe,X86-64_EFI,"${name}",${name}.efi
pxe-service=tag:!ipxe,BC_EFI,"${name}",${name}.efi

# A BIOS without iPXE loads iPXE first; put undionly.kpxe of an iPXE release into this folder.
pxe-service=tag:!ipxe,x86PC,"iPXE",undionly.kpxe
`
}

function describe({ name }: BuildFacts, folder: string): void {
  writeReadme(
    folder,
    `${name} over the network`,
    `iPXE runs boot.ipxe, which loads ${name}.bzimage; UEFI firmware loads ${name}.efi itself, by TFTP or HTTP.`,
    [
      {
        title: "Beside the network's own DHCP server",
        text: 'Adapt the network and the folder in dnsmasq.conf first.',
        commands: ['dnsmasq --no-daemon --conf-file=dnsmasq.conf'],
      },
      {
        title: 'Without touching DHCP',
        text: "At iPXE's prompt, with this folder served by HTTP (here on 192.168.0.2):",
        commands: ['chain http://192.168.0.2/boot.ipxe'],
      },
    ],
  )
}
