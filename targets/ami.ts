import { join } from 'node:path'
import { uploadBlocks } from './formats/ebs-blocks.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { nitroDrivers } from './lib/drivers.js'
import { writeReadme } from './lib/readme.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeJson } from './lib/write-json.js'

/** A disk for Nitro instances, and the requests that make an AMI of it. Their network card, ENA, has no driver yet. */
const ami: Target = {
  name: 'ami',
  layer: 'VM image',
  summary: 'raw disk, the blocks to upload, and the register-image request for EC2',
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  memory: diskMemory,
  write(build, folder) {
    const { image, kernel } = bootDisk(build, nitroDrivers)
    writeJson(join(folder, 'blocks.json'), uploadBlocks(image))
    writeJson(join(folder, 'register-image.json'), registerImage(build.name))
    describe(build.name, folder)
    writeDebugFiles(build, folder, kernel)
    return writeDisk(folder, `${build.name}.img`, image)
  },
  recipe: (build, folder) => ({
    kind: 'qemu',
    machine: 'q35',
    boot: { from: 'disk', file: join(folder, `${build.name}.img`), format: 'raw', controller: 'nvme' },
    disks: 'nvme',
    nic: 'virtio-net-pci,romfile=',
    rng: undefined,
  }),
}
export default ami

/** For `aws ec2 register-image --cli-input-json`, once the snapshot has an identifier. */
function registerImage(name: string): object {
  return {
    Name: name,
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
    BootMode: 'uefi-preferred',
    ImdsSupport: 'v2.0',
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
