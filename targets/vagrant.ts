import { join } from 'node:path'
import { sha256File } from '../base/sha256-file.js'
import type { Bytes, Content } from './formats/content.js'
import { diskId } from './formats/disk-id.js'
import { writeOvf } from './formats/ovf.js'
import { writeQcow2 } from './formats/qcow2.js'
import type { SparseImage } from './formats/sparse-image.js'
import { tarImage } from './formats/tar-image.js'
import { writeSparseVmdk } from './formats/vmdk.js'
import { applianceDisk, makeAppliance } from './lib/appliance.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { kvmDrivers, virtualboxDrivers, vmwareDrivers } from './lib/drivers.js'
import { kvmMachine, virtualboxMachine, vmwareMachine } from './lib/hypervisors.js'
import type { Options, OptionValues } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import type { Build, BuildFacts, Target } from './lib/target.js'
import { writeVmx } from './lib/vmx.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeJson } from './lib/write-json.js'

const options = {
  boxName: {
    type: 'text',
    pattern: /^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/,
    form: 'OWNER/NAME',
    summary: 'name of the box in the catalogue; without it, that of the app for its owner too',
  },
  url: {
    type: 'text',
    pattern: /^(https?|file):\/\/\S+$/,
    form: 'an address',
    summary: 'where the boxes are served; without it, the folder that Vagrant is run in',
  },
} as const satisfies Options

/** A box for each provider that has a format of files; each with the drivers that its machine needs. */
const vagrant: Target<typeof options> = {
  name: 'vagrant',
  layer: 'VM image',
  summary: 'boxes for libvirt, VirtualBox and VMware, and a catalogue of them',
  artefact: 'boxes, metadata.json (catalogue)',
  platform: 'Vagrant',
  varies: ['provider (libvirt, VirtualBox, VMware)'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  options,
  memory: diskMemory,
  write(build, folder, values) {
    const { image, kernel } = bootDisk(build, kvmDrivers)
    writeDebugFiles(build, folder, kernel)
    const write = (provider: string, box: SparseImage<Bytes>) =>
      writeDisk(folder, `${build.name}-${provider}.box`, box)
    const boxes = {
      ...write('libvirt', libvirtBox(build, image)),
      ...write('virtualbox', virtualboxBox(build, bootDisk(build, virtualboxDrivers).image)),
      ...write('vmware', vmwareBox(build, bootDisk(build, vmwareDrivers).image)),
    }
    writeJson(join(folder, 'metadata.json'), catalogue(build, folder, values))
    describe(build, folder, values)
    return boxes
  },
  // Each provider's machine, with the disk that the provider takes out of the box.
  recipe(build, folder) {
    const box = (provider: string) =>
      ({ format: 'tar', file: join(folder, `${build.name}-${provider}.box`) }) as const
    return [
      {
        name: 'libvirt',
        recipe: kvmMachine('virtio-blk', { within: box('libvirt'), file: 'box.img', format: 'qcow2' }),
      },
      {
        name: 'virtualbox',
        recipe: virtualboxMachine({ within: box('virtualbox'), file: applianceDisk(build), format: 'vmdk' }),
      },
      {
        name: 'vmware',
        recipe: vmwareMachine('pvscsi', { within: box('vmware'), file: 'box.vmdk', format: 'vmdk' }),
      },
    ]
  },
}
export default vagrant

const GiB = 2 ** 30
/** What Vagrant calls the provider that a box is for. */
const providers = { libvirt: 'libvirt', virtualbox: 'virtualbox', vmware: 'vmware_desktop' }

type Values = OptionValues<typeof options>

const boxName = ({ name }: BuildFacts, { boxName = `${name}/${name}` }: Values): string => boxName

/** developer.hashicorp.com/vagrant/docs/boxes/format, "Box Metadata": a box of each provider, with its digest. */
function catalogue(build: Build, folder: string, values: Values): object {
  const base = values.url === undefined ? '' : values.url.replace(/\/*$/, '/')
  return {
    name: boxName(build, values),
    description: build.about.description,
    versions: [
      {
        version: build.about.version.replace(/\+.*/, ''), // RubyGems' versions have no build metadata
        providers: Object.entries(providers).map(([key, name]) => ({
          name,
          url: `${base}${build.name}-${key}.box`,
          checksum_type: 'sha256',
          checksum: sha256File(join(folder, `${build.name}-${key}.box`)),
          architecture: 'amd64',
          default_architecture: true,
        })),
      },
    ],
  }
}

function libvirtBox(build: Build, disk: SparseImage): SparseImage<Bytes> {
  const settings = [
    ...['cpus = 1', `memory = ${diskMemory(build).default}`, 'machine_type = "q35"'],
    ...['disk_bus = "virtio"', 'nic_model_type = "virtio"', 'random :model => "random"'],
  ]
  return box(
    { provider: providers.libvirt, format: 'qcow2', virtual_size: Math.ceil(disk.size / GiB) },
    vagrantfile('libvirt', settings),
    [['box.img', writeQcow2(disk)]],
  )
}

function virtualboxBox(build: Build, disk: SparseImage): SparseImage<Bytes> {
  const { machine, vmdk } = makeAppliance(build, 'virtualbox', disk)
  // The first six digits are VirtualBox's own.
  const address = `080027${diskId('ethernet', disk).slice(0, 6)}`
  return box(
    { provider: providers.virtualbox },
    vagrantfile('virtualbox', ['check_guest_additions = false'], [`vm.base_mac = "${address}"`]),
    [
      ['box.ovf', writeOvf(machine)],
      [machine.disk.file, vmdk],
    ],
  )
}

function vmwareBox(build: Build, disk: SparseImage): SparseImage<Bytes> {
  return box({ provider: providers.vmware }, vagrantfile(providers.vmware, []), [
    ['box.vmx', writeVmx(build.name, diskMemory(build).default, 'box.vmdk')],
    ['box.vmdk', writeSparseVmdk(disk, 'box.vmdk')],
  ])
}

function box(
  metadata: object,
  settings: string,
  files: readonly (readonly [name: string, data: Uint8Array | Content | SparseImage])[],
): SparseImage<Bytes> {
  const all = [
    ['metadata.json', bytesOf(`${JSON.stringify({ ...metadata, architecture: 'amd64' })}\n`)] as const,
    ['Vagrantfile', bytesOf(settings)] as const,
    ...files,
  ]
  return tarImage(
    all.map(([name, data]) => ({ name, data })),
    sourceDate(),
  )
}

/** There is no SSH server to wait for, and nothing to share folders with. */
function vagrantfile(
  provider: string,
  ofProvider: readonly string[],
  ofMachine: readonly string[] = [],
): string {
  return [
    'Vagrant.configure("2") do |config|',
    ...ofMachine.map((line) => `  config.${line}`),
    '  config.vm.synced_folder ".", "/vagrant", disabled: true',
    '  config.vm.boot_timeout = 1',
    '  config.ssh.insert_key = false',
    `  config.vm.provider :${provider} do |machine|`,
    ...ofProvider.map((line) => `    machine.${line}`),
    '  end',
    'end',
    '',
  ].join('\n')
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function describe(build: Build, folder: string, values: Values): void {
  const { name } = build
  const inCatalogue = boxName(build, values)
  writeReadme(
    folder,
    `${name} for Vagrant`,
    'A box for each provider. The app is not a system to log into: vagrant up starts it, and then says that no SSH server answered.',
    [
      {
        title: 'Add and start',
        text: 'With libvirt; for the others put virtualbox or vmware_desktop into the commands.',
        commands: [
          'vagrant box add ./metadata.json --provider libvirt',
          `vagrant init --minimal ${inCatalogue}`,
          'vagrant up --provider libvirt --no-provision',
        ],
      },
    ],
  )
}
