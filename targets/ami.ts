import { join } from 'node:path'
import { uploadBlocks } from './formats/ebs-blocks.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { nitroDrivers } from './lib/drivers.js'
import { biosAndUefi } from './lib/firmware.js'
import type { Options, OptionValues } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeJson } from './lib/write-json.js'

const options = {
  bootMode: {
    type: 'choice',
    values: ['uefi-preferred', 'uefi', 'legacy-bios'],
    default: 'uefi-preferred',
    summary: 'firmware of the instances',
  },
  imageName: {
    type: 'text',
    pattern: /^[A-Za-z0-9()[\] ./'@_-]{3,128}$/,
    form: 'of 3 to 128 of the characters that names of AMIs have',
    summary: 'name of the AMI, of which an account has one only; without it, that of the app',
  },
  tags: { type: 'map', summary: 'tags of the AMI' },
} as const satisfies Options

/** A disk for Nitro instances, and the requests that make an AMI of it. Their network card, ENA, has no driver yet. */
const ami: Target<typeof options> = {
  name: 'ami',
  layer: 'VM image',
  summary: 'raw disk, the blocks to upload, and the register-image request for EC2',
  artefact: 'raw disk, blocks.json, register-image.json',
  platform: 'Amazon EC2, Nitro instances',
  varies: ['boot mode (UEFI, BIOS)', 'instance type'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  options,
  memory: diskMemory,
  write(build, folder, values) {
    const { image, kernel } = bootDisk(build, nitroDrivers)
    writeJson(join(folder, 'blocks.json'), uploadBlocks(image))
    writeJson(join(folder, 'register-image.json'), registerImage(build.name, values))
    describe(build.name, folder)
    writeDebugFiles(build, folder, kernel)
    return writeDisk(folder, `${build.name}.img`, image)
  },
  recipe(build, folder) {
    const recipe = {
      kind: 'qemu',
      machine: 'q35',
      boot: { from: 'disk', file: join(folder, `${build.name}.img`), format: 'raw', controller: 'nvme' },
      disks: 'nvme',
      nic: 'virtio-net-pci,romfile=',
      rng: undefined,
    } as const
    return biosAndUefi(recipe, build)
  },
}
export default ami

/** For `aws ec2 register-image --cli-input-json`, once the snapshot has an identifier. */
function registerImage(name: string, { bootMode, imageName, tags }: OptionValues<typeof options>): object {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  return {
    Name: imageName ?? name,
    Architecture: 'x86_64',
    VirtualizationType: 'hvm',
    RootDeviceName: '/dev/xvda',
    BlockDeviceMappings: [
      {
        DeviceName: '/dev/xvda',
        Ebs: { SnapshotId: 'SNAPSHOT_ID', VolumeType: 'gp3', DeleteOnTermination: true },
      },
    ],
    EnaSupport: true,
    BootMode: bootMode,
    ImdsSupport: 'v2.0',
    ...(Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: 'image', Tags }] }),
  }
}

function describe(name: string, folder: string): void {
  writeReadme(
    folder,
    `${name} for Amazon EC2`,
    `${name}.img starts by UEFI and by BIOS from NVMe. blocks.json lists the blocks that an EBS snapshot of it needs, with the checksums that the EBS direct API asks for; register-image.json is the request that makes an AMI of the snapshot.`,
    [
      {
        title: 'What is missing',
        text: "The instances' network card (ENA) has no driver yet: an app without a server runs, a server ends at once, saying so on the serial console.",
      },
      {
        title: 'Import and register',
        text: 'Put the snapshot’s identifier into register-image.json before the last command.',
        commands: [
          `aws s3 cp ${name}.img s3://BUCKET/`,
          `aws ec2 import-snapshot --disk-container Format=RAW,UserBucket='{S3Bucket=BUCKET,S3Key=${name}.img}'`,
          'aws ec2 describe-import-snapshot-tasks',
          'aws ec2 register-image --cli-input-json file://register-image.json',
        ],
      },
    ],
  )
}
