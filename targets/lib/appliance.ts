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
  readonly vmdk: SparseImage
  readonly ova: SparseImage
}

/** Of one disk one appliance: it is compressed once, however many rows hold it. */
export function makeAppliance(build: Build, platform: OvfMachine['platform'], disk: SparseImage): Appliance {
  const appliance = made.get(disk) ?? compress(build, platform, disk)
  made.set(disk, appliance)
  return appliance
}

/** The disk's file in it. */
export function applianceDisk({ name }: { readonly name: string }): string {
  return `${name}-disk1.vmdk`
}

const made = new WeakMap<SparseImage, Appliance>()

function compress(build: Build, platform: OvfMachine['platform'], disk: SparseImage): Appliance {
  const file = applianceDisk(build)
  const vmdk = writeStreamVmdk(disk, file)
  // VMware takes multiples of 4 MiB.
  const machine = {
    ...{ name: build.name, platform, memory: Math.ceil(diskMemory(build).default / 4) * 4 },
    disk: { file, fileSize: vmdk.size, capacity: disk.size },
  }
  return { machine, vmdk, ova: writeOva(machine, vmdk, sourceDate()) }
}
