import type { Image } from '../../linker/image.js'
import type { Target } from '../../targets/lib/target.js'
import type { ArtefactFile } from '../pipeline.js'
import type { Programs } from '../several.js'
import {
  driverPart,
  enginePart,
  kernelPart,
  type Part,
  packagePart,
  packageRef,
  runtimePart,
  sha256,
  standInPart,
  tools,
} from './components.js'
import type { Contents, Unwatched } from './contents.js'
import { type Bom, type Component, sha256Hash } from './cyclonedx.js'
import { licenceChoice } from './licences.js'
import { linkedIn } from './linked.js'

/** What is asked of one artefact. */
export interface Subject {
  readonly made: Unwatched
  /** Undefined: a program that was not compiled by us. */
  readonly program: Programs | undefined
  readonly target: Pick<Target, 'name' | 'layer' | 'summary' | 'carries'>
  readonly contents: Contents
  readonly files: readonly ArtefactFile[]
}

/** What is really in an artefact, and what needs what. */
export function artefactSbom(subject: Subject): Bom {
  const graph: Graph = new Map()
  const direct = [
    ...appParts(subject, graph),
    ...kernelParts(subject, graph),
    ...standInParts(subject, graph),
  ]
  const artefact = artefactPart(subject)
  const dependencies = [...graph].map(([ref, { dependsOn }]) => ({ ref, dependsOn: [...dependsOn].sort() }))
  const refs = direct.map((part) => part['bom-ref']).sort()
  const program = subject.program === undefined ? [programRef] : []
  const known = refs.filter((ref) => !program.includes(ref))
  return {
    metadata: { tools: { components: tools(subject.program !== undefined) }, component: artefact },
    components: [...graph.values()].map(({ part }) => part).sort(byRef),
    dependencies: [{ ref: artefact['bom-ref'], dependsOn: refs }, ...dependencies].sort((a, b) =>
      compare(a.ref, b.ref),
    ),
    compositions: [
      {
        aggregate: 'complete',
        assemblies: [artefact['bom-ref']],
        dependencies: [artefact['bom-ref'], ...known],
      },
      ...program.map((ref) => ({ aggregate: 'unknown' as const, assemblies: [ref], dependencies: [ref] })),
    ],
  }
}

/** Components by reference, with what they depend on. */
type Graph = Map<string, { readonly part: Part; readonly dependsOn: readonly string[] }>

function add(graph: Graph, part: Part, dependsOn: readonly Part[] = []): Part {
  graph.set(part['bom-ref'], { part, dependsOn: dependsOn.map((each) => each['bom-ref']) })
  return part
}

function artefactPart({ made, target, files }: Subject): Part {
  return {
    type: target.layer === 'OS-level container' ? 'container' : 'application',
    'bom-ref': `artefact/${target.name}`,
    name: made.name,
    version: made.about.version,
    description: target.summary,
    licenses: licenceChoice(made.about.licence),
    components: files.map(({ path, sha256 }) => ({ type: 'file', name: path, hashes: sha256Hash(sha256) })),
    properties: [
      { name: 'unik:target', value: target.name },
      { name: 'unik:layer', value: target.layer },
      { name: 'unik:carries', value: target.carries },
    ],
  }
}

/** The app as program, as bundle, or both, each with what is in it. */
function appParts({ made, program, contents }: Subject, graph: Graph): Part[] {
  if (program === undefined) return contents.program ? [add(graph, foreignPart(made))] : []
  if (!contents.program && !contents.bundle) return []
  for (const found of program.packages)
    graph.set(packageRef(found.id), { part: packagePart(found), dependsOn: found.imports.map(packageRef) })
  const parts = contents.bundle ? bundleParts(made, program, graph) : []
  if (contents.program && made.elf !== undefined) {
    const linked = linkedParts(made.elf, graph)
    const engine = add(graph, enginePart(), [])
    const properties = program.modules.map((value) => ({ name: 'unik:module', value }))
    parts.push(
      add(graph, { ...appPart(made, 'elf', made.elf.bytes), properties }, [
        ...directPackages(program),
        engine,
        ...linked,
      ]),
    )
  }
  return parts
}

function bundleParts(made: Unwatched, program: Programs, graph: Graph): Part[] {
  const { name, about, bundle } = made
  const one = bundle === undefined ? [] : [{ name, bundle, packages: program.packages }]
  const parts = (program.apps ?? one).map((app) =>
    add(graph, appPart({ name: app.name, about }, 'bundle', app.bundle), directPackages(app)),
  )
  return [...new Map(parts.map((part) => [part['bom-ref'], part])).values()] // two apps may be the same file
}

function directPackages({ packages }: Pick<Programs, 'packages'>): Part[] {
  return packages.filter(({ isDirect }) => isDirect).map(packagePart)
}

const programRef = 'app-files'

function foreignPart({ name }: Unwatched): Part {
  return {
    type: 'application',
    'bom-ref': programRef,
    name,
    description: 'Program and files given by --rootfs',
  }
}

function appPart(
  { name, about }: Pick<Unwatched, 'name' | 'about'>,
  form: 'elf' | 'bundle',
  data: Uint8Array,
): Part {
  const digest = sha256(data)
  return {
    type: 'application',
    'bom-ref': `app-${form}:${digest}`,
    name,
    version: about.version,
    description:
      form === 'elf' ? `${about.description} (static ELF)` : `${about.description} (JavaScript bundle)`,
    licenses: licenceChoice(about.licence),
    hashes: sha256Hash(digest),
  }
}

function linkedParts(image: Image, graph: Graph): Part[] {
  return linkedIn(image).works.map((component) => add(graph, runtimePart(component)))
}

function kernelParts({ contents }: Subject, graph: Graph): Part[] {
  return contents.kernels.map((kernel) => {
    const drivers = linkedIn(kernel).drivers.map((name) => add(graph, driverPart(name)))
    return add(graph, kernelPart(linkedIn(kernel).digest), [...drivers, ...linkedParts(kernel, graph)])
  })
}

function standInParts({ made, contents }: Subject, graph: Graph): Part[] {
  return contents.standIns.map((name) => add(graph, standInPart(name, made.standIn(name))))
}

function byRef(a: Component, b: Component): number {
  return compare(a['bom-ref'] ?? '', b['bom-ref'] ?? '')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
