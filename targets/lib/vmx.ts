/** The configuration of a machine of VMware's desktop products, with one disk beside it. */
export function writeVmx(name: string, memory: number, disk: string): Uint8Array {
  const settings: Readonly<Record<string, string | number>> = {
    '.encoding': 'UTF-8',
    'config.version': 8,
    'virtualHW.version': 13,
    displayName: name,
    guestOS: 'other3xlinux-64',
    firmware: 'bios',
    numvcpus: 1,
    memsize: Math.ceil(memory / 4) * 4, // which it asks for
    'pciBridge0.present': 'TRUE',
    'pciBridge4.present': 'TRUE',
    'pciBridge4.virtualDev': 'pcieRootPort',
    'pciBridge4.functions': 8,
    'scsi0.present': 'TRUE',
    'scsi0.virtualDev': 'pvscsi',
    'scsi0:0.present': 'TRUE',
    'scsi0:0.fileName': disk,
    'ethernet0.present': 'TRUE',
    'ethernet0.virtualDev': 'vmxnet3',
    'ethernet0.connectionType': 'nat',
    'ethernet0.addressType': 'generated',
    'floppy0.present': 'FALSE',
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key} = "${value}"\n`)
  return new TextEncoder().encode(lines.join(''))
}
