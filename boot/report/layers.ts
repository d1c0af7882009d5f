import type { Layer } from '../../targets/lib/target.js'

const place: Readonly<Record<Layer, number>> = {
  'OS image': 0,
  'VM image': 1,
  'OS package': 2,
  'OS-level container': 3,
  'language runtime': 4,
  'language VM': 5,
  'static linking': 6,
  browser: 7,
  PaaS: 8,
}

/** The nine layers, in the order of the build-target table. */
export const layers = Object.keys(place) as readonly Layer[]

/** In the order of the table: by layer, within a layer as given. */
export function inTableOrder<Row extends { readonly layer: Layer }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => place[a.layer] - place[b.layer])
}
