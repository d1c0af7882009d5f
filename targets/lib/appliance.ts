import type { Bytes, Content } from '../formats/content.js'
import { writeOva } from '../formats/ova.js'
import type { OvfMachine } from '../formats/ovf.js'
import type { SparseImage } from '../formats/sparse-image.js'
import { writeStreamVmdk } from '../formats/vmdk.js'
import { diskMemory } from './disk.js'
import { sourceDate } from './source-date.js'
import type { Build } from './target.js'

/** A machine with one disk for hypervisors that import OVF. */
export interface Appliance {
  readonly machine: OvfMachine
  readonly vmdk: Content
  readonly ova: () => SparseImage<Bytes>
}

/** A disk is compressed once, however many rows hold it. */
export function makeAppliance(
  build: Build,
  platform: OvfMachine['platform'],
  disk: SparseImage,
  settings: OvfMachine['settings'] = {},
): Appliance {
  const file = applianceDisk(build)
  const vmdk = made.get(disk) ?? writeStreamVmdk(disk, file)
  made.set(disk, vmdk)
  // VMware takes multiples of 4 MiB.
  const memory = Math.ceil(diskMemory(build).default / 4) * 4
  const machine: OvfMachine = {
    ...{ name: build.name, platform, memory, settings },
    disk: { file, fileSize: vmdk.length, capacity: disk.size },
  }
  return { machine, vmdk, ova: () => writeOva(machine, vmdk, sourceDate()) }
}

/** The disk's file in it. */
export function applianceDisk({ name }: { readonly name: string }): string {
  return `${name}-disk1.vmdk`
}

const made = new WeakMap<SparseImage, Content>()
