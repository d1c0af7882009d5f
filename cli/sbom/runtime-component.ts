import { readPrebuilt } from '../runtime.js'

/** A work of others that the runtime's archives hold: a row of prebuilt/components.json, which the set-up makes of third-party.json. */
export interface RuntimeComponent {
  readonly name: string
  readonly version: string
  /** SPDX expression. */
  readonly licence: string
  readonly purl: string
  readonly cpe?: string
  readonly homepage: string
  /** As the linker names them: an archive (`libc.a`), or one member of one (`libdrivers.a(font.o)`). */
  readonly inputs: readonly string[]
  /** Of the archive, where it was not compiled by us. */
  readonly sha256?: string
  /** Any of these archives, by digest. */
  readonly sources: readonly { readonly url: string; readonly sha256: string }[]
  readonly patches: readonly RuntimePatch[]
  readonly notice: string
}

export interface RuntimePatch {
  readonly file: string
  readonly reason: string
  /** CVE identifiers. */
  readonly fixes: readonly string[]
}

/** What is our own: objects that the linker makes or finds in prebuilt/, and archives. */
const own = new Set([
  ...['program.o', 'start.o', 'libengine.a'],
  ...['bootable.o', 'kernel.o', 'libcalls.a', 'libdrivers.a', 'vdso.o'],
])

/** The works of which something is linked, in order of name. An input that nobody claims is an error of ours: no row may be missing. */
export function componentsOf(
  inputs: readonly string[],
  known: readonly RuntimeComponent[] = runtimeComponents(),
): RuntimeComponent[] {
  const byInput = new Map(known.flatMap((each) => each.inputs.map((input) => [input, each] as const)))
  const found = new Set<RuntimeComponent>()
  for (const input of inputs) {
    const archive = input.replace(/\(.*/, '')
    const component = byInput.get(input) ?? byInput.get(archive)
    if (component !== undefined) found.add(component)
    else if (!own.has(archive)) throw new Error(`${input} is of no component in third-party.json`)
  }
  return known.filter((each) => found.has(each))
}

let components: readonly RuntimeComponent[] | undefined

function runtimeComponents(): readonly RuntimeComponent[] {
  components ??= JSON.parse(Buffer.from(readPrebuilt('components.json')).toString()) as RuntimeComponent[]
  return components
}
