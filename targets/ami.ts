import { join } from 'node:path'
import { uploadBlocks } from './formats/ebs-blocks.js'
import { amiOptions, publishPolicy, registerImage, runInstances, startSnapshot } from './lib/ami-requests.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { nitroDrivers } from './lib/drivers.js'
import { biosAndUefi } from './lib/firmware.js'
import { writeReadme } from './lib/readme.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeJson } from './lib/write-json.js'

/** A disk for Nitro instances, and the requests that make an AMI of it. Their network card, ENA, has no driver yet. */
const ami: Target<typeof amiOptions> = {
  name: 'ami',
  layer: 'VM image',
  summary: 'raw disk, the blocks to upload, and the register-image request for EC2',
  artefact: 'raw disk, blocks.json, start-snapshot.json, register-image.json',
  platform: 'Amazon EC2, Nitro instances',
  varies: ['boot mode (UEFI, BIOS)', 'instance type'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  options: amiOptions,
  memory: diskMemory,
  write(build, folder, values) {
    const { image, kernel } = bootDisk(build, nitroDrivers)
    const blocks = uploadBlocks(image)
    const facts = { build, blocks }
    writeJson(join(folder, 'blocks.json'), blocks)
    writeJson(join(folder, 'start-snapshot.json'), startSnapshot(facts, values))
    writeJson(join(folder, 'register-image.json'), registerImage(facts, values))
    writeJson(join(folder, 'run-instances.json'), runInstances(facts))
    writeJson(join(folder, 'iam-policy.json'), publishPolicy())
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

function describe(name: string, folder: string): void {
  writeReadme(
    folder,
    `${name} for Amazon EC2`,
    `${name}.img starts by UEFI and by BIOS from NVMe. blocks.json lists the blocks that an EBS snapshot of it needs, with the checksums that the EBS direct API asks for; start-snapshot.json, register-image.json and run-instances.json are the requests that begin the snapshot, make an AMI of it and start that.`,
    [
      {
        title: 'What is missing',
        text: "The instances' network card (ENA) has no driver yet: an app without a server runs, a server ends at once, saying so on the serial console.",
      },
      {
        title: 'Publish and start',
        text: 'The first command needs the packages @aws-sdk/client-ebs and @aws-sdk/client-ec2 (npm install) and credentials that allow what iam-policy.json lists. It sends only what is not zero, goes on where an interrupted run was, and finds an image that is there already.',
        commands: [
          'unik publish ami . --region REGION',
          'aws ec2 run-instances --region REGION --cli-input-json file://run-instances.json --image-id IMAGE_ID',
          'aws ec2 get-console-output --region REGION --latest --output text --instance-id INSTANCE_ID',
        ],
      },
      {
        title: 'The same by way of S3',
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
