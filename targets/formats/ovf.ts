/** One machine with one disk, as OVF describes it (DMTF DSP0243 2.1, in the namespace of version 1, which importers read). */
export interface OvfMachine {
  readonly name: string
  readonly platform: 'vmware' | 'virtualbox'
  /** MiB. */
  readonly memory: number
  /** Of VMware only. */
  readonly settings?: {
    /** Default 13. */
    readonly hardwareVersion?: number
    readonly firmware?: 'bios' | 'efi'
    readonly network?: string
  }
  readonly disk: {
    readonly file: string
    /** Bytes of the file. */
    readonly fileSize: number
    /** Bytes of the disk. */
    readonly capacity: number
  }
}

/** What a hypervisor's importer calls its own devices. */
interface Platform {
  readonly system: string
  readonly controller: readonly Property[]
  readonly card: string
  readonly network: string
  readonly operatingSystem: string
  readonly settings: readonly string[]
}

type Property = readonly [name: string, value: string | number]

const platforms: Readonly<Record<OvfMachine['platform'], Platform>> = {
  vmware: {
    system: 'vmx-13',
    controller: [
      ['Address', 0],
      ['Description', 'SCSI controller'],
      ['ElementName', 'SCSI controller 0'],
      ['InstanceID', 3],
      ['ResourceSubType', 'VirtualSCSI'],
      ['ResourceType', 6],
    ],
    card: 'VmxNet3',
    network: 'VM Network',
    operatingSystem: 'ovf:id="101" vmw:osType="other3xLinux64Guest"',
    settings: [
      '<vmw:Config ovf:required="false" vmw:key="bootOptions.efiSecureBootEnabled" vmw:value="false"/>',
    ],
  },
  virtualbox: {
    system: 'virtualbox-2.2',
    controller: [
      ['Address', 0],
      ['Caption', 'sataController0'],
      ['Description', 'SATA controller'],
      ['ElementName', 'sataController0'],
      ['InstanceID', 3],
      ['ResourceSubType', 'AHCI'],
      ['ResourceType', 20],
    ],
    card: 'E1000',
    network: 'NAT',
    operatingSystem: 'ovf:id="101"',
    settings: [],
  },
}

export function writeOvf(machine: OvfMachine): Uint8Array {
  const platform = platformOf(machine)
  const { file, fileSize, capacity } = machine.disk
  return new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1"
  xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
  xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
  xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"
  xmlns:vmw="http://www.vmware.com/schema/ovf">
  <References>
    <File ovf:href="${xmlText(file)}" ovf:id="file1" ovf:size="${fileSize}"/>
  </References>
  <DiskSection>
    <Info>Virtual disks</Info>
    <Disk ovf:capacity="${capacity}" ovf:capacityAllocationUnits="byte" ovf:diskId="disk1" ovf:fileRef="file1" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
  </DiskSection>
  <NetworkSection>
    <Info>Networks</Info>
    <Network ovf:name="${xmlText(platform.network)}">
      <Description>The network of the machine's card</Description>
    </Network>
  </NetworkSection>
  <VirtualSystem ovf:id="${xmlText(machine.name)}">
    <Info>A virtual machine</Info>
    <Name>${xmlText(machine.name)}</Name>
    <OperatingSystemSection ${platform.operatingSystem}>
      <Info>The kernel is part of the image</Info>
    </OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>Virtual hardware</Info>
      <System>
        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemIdentifier>${xmlText(machine.name)}</vssd:VirtualSystemIdentifier>
        <vssd:VirtualSystemType>${platform.system}</vssd:VirtualSystemType>
      </System>
${devices(machine, platform).map(writeItem).join('\n')}
${platform.settings.map((line) => `      ${line}\n`).join('')}    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
`)
}

function platformOf({ platform: name, settings = {} }: OvfMachine): Platform {
  const platform = platforms[name]
  if (name !== 'vmware') return platform
  const { hardwareVersion = 13, firmware = 'bios', network = platform.network } = settings
  const configured = `<vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="${firmware}"/>`
  return {
    ...platform,
    ...{ system: `vmx-${hardwareVersion}`, network, settings: [configured, ...platform.settings] },
  }
}

/** ResourceType numbers are those of CIM_ResourceAllocationSettingData. */
function devices(machine: OvfMachine, platform: Platform): readonly (readonly Property[])[] {
  return [
    [
      ['AllocationUnits', 'hertz * 10^6'],
      ['Description', 'Number of virtual CPUs'],
      ['ElementName', '1 virtual CPU'],
      ['InstanceID', 1],
      ['ResourceType', 3],
      ['VirtualQuantity', 1],
    ],
    [
      ['AllocationUnits', 'byte * 2^20'],
      ['Description', 'Memory size'],
      ['ElementName', `${machine.memory} MiB of memory`],
      ['InstanceID', 2],
      ['ResourceType', 4],
      ['VirtualQuantity', machine.memory],
    ],
    platform.controller,
    [
      ['AddressOnParent', 0],
      ['ElementName', 'Hard disk 1'],
      ['HostResource', 'ovf:/disk/disk1'],
      ['InstanceID', 4],
      ['Parent', 3],
      ['ResourceType', 17],
    ],
    [
      ['AddressOnParent', 7],
      ['AutomaticAllocation', 'true'],
      ['Connection', platform.network],
      ['ElementName', 'Network card 1'],
      ['InstanceID', 5],
      ['ResourceSubType', platform.card],
      ['ResourceType', 10],
    ],
  ]
}

/** The schema wants the properties by name. */
function writeItem(properties: readonly Property[]): string {
  const lines = properties.map(
    ([name, value]) => `        <rasd:${name}>${xmlText(String(value))}</rasd:${name}>`,
  )
  return ['      <Item>', ...lines, '      </Item>'].join('\n')
}

function xmlText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
