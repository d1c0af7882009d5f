import type { Bom, Component, Composition, Dependency, ExternalReference } from './cyclonedx.js'
import { sha256Hash } from './cyclonedx.js'

/** An artefact's SBOM, with its place in the release. */
export interface PlacedBom {
  readonly bom: Bom
  /** Of the SBOM's file, relative to the release's. */
  readonly path: string
  readonly sha256: string
}

/** One document over several artefacts: each is a component, of which the parts that are the same stand once. */
export function releaseSbom(placed: readonly PlacedBom[]): Bom {
  const artefacts = placed.map(artefactOf)
  const refs = artefacts.map((artefact) => artefact['bom-ref'] ?? '')
  const boms = placed.map(({ bom }) => bom)
  const parts = byKey(
    boms.flatMap(({ components }) => components),
    (part) => part['bom-ref'] ?? '',
  )
  return {
    metadata: {
      tools: {
        components: byKey(
          boms.flatMap(({ metadata }) => metadata.tools.components),
          toolKey,
        ),
      },
      component: release(artefacts),
    },
    components: [...artefacts, ...parts],
    dependencies: [{ ref: releaseRef, dependsOn: refs }, ...joinDependencies(boms)],
    compositions: joinCompositions(boms),
  }
}

const releaseRef = 'release'

/** Named after what it holds: mostly one app. */
function release(artefacts: readonly Component[]): Component {
  const join = (words: readonly (string | undefined)[]) =>
    [...new Set(words.filter((word) => word !== undefined))].sort().join(', ')
  return {
    type: 'application',
    'bom-ref': releaseRef,
    name: join(artefacts.map(({ name }) => name)),
    version: join(artefacts.map(({ version }) => version)),
  }
}

function artefactOf({ bom, path, sha256 }: PlacedBom): Component {
  const reference: ExternalReference = { type: 'bom', url: path, hashes: sha256Hash(sha256) }
  return { ...bom.metadata.component, externalReferences: [reference] }
}

function toolKey({ name, version }: Component): string {
  return `${name}@${version}`
}

/** The first of those with the same key, in order of key. */
function byKey<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  const known = new Map<string, T>()
  for (const one of all) if (!known.has(keyOf(one))) known.set(keyOf(one), one)
  return [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

function joinDependencies(boms: readonly Bom[]): Dependency[] {
  const joined = new Map<string, Set<string>>()
  for (const { ref, dependsOn } of boms.flatMap(({ dependencies }) => dependencies)) {
    const known = joined.get(ref) ?? new Set()
    joined.set(ref, known)
    for (const each of dependsOn) known.add(each)
  }
  return byKey([...joined], ([ref]) => ref).map(([ref, dependsOn]) => ({
    ref,
    dependsOn: [...dependsOn].sort(),
  }))
}

function joinCompositions(boms: readonly Bom[]): Composition[] {
  return (['complete', 'unknown'] as const).flatMap((aggregate) => {
    const same = boms
      .flatMap(({ compositions }) => compositions)
      .filter((each) => each.aggregate === aggregate)
    const join = (lists: readonly (readonly string[])[]) => [...new Set(lists.flat())].sort()
    return same.length === 0
      ? []
      : [
          {
            aggregate,
            assemblies: join(same.map(({ assemblies }) => assemblies)),
            dependencies: join(same.map(({ dependencies }) => dependencies)),
          },
        ]
  })
}
