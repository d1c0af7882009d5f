import { createHash } from 'node:crypto'
import type { Image } from '../../linker/image.js'
import { componentsOf, type RuntimeComponent } from './runtime-component.js'

/** What an image is linked of. */
export interface Linked {
  /** By name. */
  readonly works: readonly RuntimeComponent[]
  /** The kernel's drivers. */
  readonly drivers: readonly string[]
  /** Of all its inputs: images of the same parts have the same. */
  readonly digest: string
}

const known = new WeakMap<Image, Linked>()

/** Many artefacts hold the same images. */
export function linkedIn(image: Image): Linked {
  const linked = known.get(image) ?? {
    works: componentsOf(image.inputs),
    drivers: image.inputs.flatMap(driverOf),
    digest: createHash('sha256').update(image.inputs.join('\n')).digest('hex').slice(0, 16),
  }
  known.set(image, linked)
  return linked
}

/** A driver has the name of its file. */
function driverOf(input: string): string[] {
  const name = /^libdrivers\.a\((.*)\.o\)$/.exec(input)?.[1]
  return name === undefined || componentsOf([input]).length > 0 ? [] : [name]
}
