/** How a platform starts an artefact; boot/machines/<kind>.ts turns one into something that runs. */
export type BootRecipe =
  | QemuRecipe
  | ProcessRecipe
  | OciRecipe
  | CloudRunRecipe
  | PackageRecipe
  | LxcRecipe
  | WslRecipe
  | ZoneRecipe
  | SlugRecipe
  | NpmRecipe
  | AppEngineRecipe
  | LambdaRecipe
  | WorkerdRecipe
  | SiteRecipe

/** One of several ways in which a platform starts an artefact. */
export interface Way {
  /** `BIOS`, `UEFI`, `generation 2`. */
  readonly name: string
  readonly recipe: BootRecipe
}

/** A virtual machine as QEMU presents it. */
export interface QemuRecipe {
  readonly kind: 'qemu'
  /** QEMU's -machine, with its properties. */
  readonly machine: string
  /** Default `seabios`; `none`: a machine whose -kernel needs none. */
  readonly firmware?: Firmware
  /** MiB without which the firmware does not get to start anything. */
  readonly leastMemory?: number
  readonly boot: BootMedium
  /** Where `unik boot --disk` puts further disks; absent: the image has no driver for a disk. */
  readonly disks?: DiskController
  /** QEMU -device names. */
  readonly nic: string | undefined
  readonly rng: string | undefined
  /** QEMU -device names of what else the machine has. */
  readonly devices?: readonly string[]
  /** What asks the machine to stop; default: its power button. */
  readonly stop?: 'power-button' | 'ctrl-alt-delete'
  /** A display card; without one the console is the serial port alone. */
  readonly vga?: string
}

export type Firmware = 'none' | 'seabios' | 'ovmf'

/** What a machine starts from. Media are opened such that nothing the guest writes stays. */
export type BootMedium =
  /** A file that QEMU's -kernel understands. */
  | {
      readonly from: 'kernel'
      readonly file: string
      /** Its entry: by its note, or as loaders of Linux in long mode do. Default: PVH. */
      readonly by?: 'pvh' | 'linux64'
      /** What the platform itself says to the kernel. */
      readonly words?: readonly string[]
    }
  /** A kernel in a container image, which tells by urunc's annotations where in it. */
  | { readonly from: 'urunc'; readonly image: ImageFile }
  | {
      readonly from: 'disk'
      readonly file: string
      readonly format: DiskFormat
      readonly controller: DiskController
      /** What the platform unpacks; then `file` is a path in it. */
      readonly within?: Archive
    }
  | { readonly from: 'cd'; readonly file: string }
  /** A UEFI application, in the place of a volume where firmware looks for one. */
  | { readonly from: 'efi'; readonly file: string }
  /** A folder that a TFTP server offers, and the file in it that the network card's firmware asks for. */
  | { readonly from: 'network'; readonly folder: string; readonly file: string; readonly by: 'tftp' | 'http' }

/** A tar archive, compressed or not, or a container image. */
export type Archive = { readonly format: 'tar'; readonly file: string } | ImageFile

/** A container image: the folder of an OCI layout, or an archive as docker save writes it. */
export interface ImageFile {
  readonly format: 'oci-layout' | 'docker-archive'
  readonly file: string
}

/** QEMU's words. */
export type DiskFormat = 'raw' | 'qcow2' | 'vmdk' | 'vdi' | 'vpc' | 'vhdx'

export type DiskController =
  | 'virtio-blk'
  | 'virtio-scsi'
  /** Without the interface of version 1. */
  | 'virtio-scsi-legacy'
  | 'nvme'
  | 'ahci'
  | 'ide'
  | 'pvscsi'
  | 'usb'

/** A program of the host's. */
export interface ProcessRecipe {
  readonly kind: 'process'
  readonly file: string
}

/** A container image, run by runc in the host's network. */
export interface OciRecipe {
  readonly kind: 'oci'
  readonly image: ImageFile
  /** What the platform adds to the image's environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** A container image, and the service.yaml or job.yaml that says how Cloud Run starts it. */
export interface CloudRunRecipe {
  readonly kind: 'cloudrun'
  readonly image: ImageFile
  readonly manifest: string
}

/** An OS package, whose program and service have this name. */
export interface PackageRecipe {
  readonly kind: 'package'
  readonly format: 'deb' | 'rpm' | 'apk'
  readonly file: string
  readonly name: string
}

/** The two archives of a system container that LXC's `local` template takes. */
export interface LxcRecipe {
  readonly kind: 'lxc'
  readonly metadata: string
  readonly rootfs: string
}

/** A distribution of WSL: a tar archive of its root. */
export interface WslRecipe {
  readonly kind: 'wsl'
  readonly archive: string
}

/** A zone of illumos' lx brand: a tar archive of its root. */
export interface ZoneRecipe {
  readonly kind: 'zone'
  readonly archive: string
  readonly name: string
}

/** A slug of Heroku's. */
export interface SlugRecipe {
  readonly kind: 'slug'
  readonly archive: string
}

/** A package of npm's and the command that it brings. */
export interface NpmRecipe {
  readonly kind: 'npm'
  readonly archive: string
  readonly command: string
}

/** A folder with an app.yaml. */
export interface AppEngineRecipe {
  readonly kind: 'appengine'
  readonly folder: string
}

/** A function of AWS Lambda's: its zip archive, and the request that makes it, which says how it is started. */
export interface LambdaRecipe {
  readonly kind: 'lambda'
  readonly runtime: 'node' | 'custom'
  readonly archive: string
  readonly request: string
}

/** workerd with a configuration, and the socket in it that the app is reached by. */
export interface WorkerdRecipe {
  readonly kind: 'workerd'
  readonly configuration: string
  readonly socket: string
}

/** Files for a browser. */
export interface SiteRecipe {
  readonly kind: 'site'
  readonly folder: string
}
