/** How a platform starts an artefact; boot/machines/<kind>.ts turns one into something that runs. */
export type BootRecipe = QemuRecipe | ProcessRecipe | OciRecipe

/** A virtual machine as QEMU presents it. */
export interface QemuRecipe {
  readonly kind: 'qemu'
  /** QEMU's -machine, with its properties. */
  readonly machine: string
  /** A PVH ELF for -kernel. */
  readonly kernel: string
  /** QEMU -device names. */
  readonly nic: string | undefined
  readonly rng: string | undefined
}

/** A program of the host's. */
export interface ProcessRecipe {
  readonly kind: 'process'
  readonly file: string
}

/** An OCI image layout, run by runc as root in the host's network. */
export interface OciRecipe {
  readonly kind: 'oci'
  readonly layout: string
  /** The reference inside the layout's index. */
  readonly reference: string
}
