import { createHash } from 'node:crypto'
import { sourceDate } from '../../targets/lib/source-date.js'
import type { LicenceChoice } from './licences.js'

/** The parts of CycloneDX 1.6 (ECMA-424) that we write. */
export interface Bom {
  readonly metadata: {
    readonly tools: { readonly components: readonly Component[] }
    readonly component: Component
  }
  readonly components: readonly Component[]
  readonly dependencies: readonly Dependency[]
  readonly compositions: readonly Composition[]
}

export interface Component {
  readonly type: 'application' | 'container' | 'device-driver' | 'file' | 'library' | 'operating-system'
  readonly 'bom-ref'?: string
  readonly name: string
  readonly version?: string | undefined
  readonly description?: string
  readonly licenses?: readonly LicenceChoice[] | undefined
  readonly hashes?: readonly Hash[] | undefined
  readonly purl?: string | undefined
  readonly cpe?: string | undefined
  readonly externalReferences?: readonly ExternalReference[]
  readonly pedigree?: { readonly patches: readonly Patch[] } | undefined
  readonly components?: readonly Component[]
  readonly properties?: readonly { readonly name: string; readonly value: string }[]
}

export interface Hash {
  readonly alg: 'SHA-256'
  readonly content: string
}

export interface ExternalReference {
  readonly type: 'bom' | 'source-distribution' | 'website'
  readonly url: string
  readonly hashes?: readonly Hash[]
}

export interface Patch {
  readonly type: 'unofficial'
  readonly diff: { readonly url: string }
  readonly resolves: readonly {
    readonly type: 'enhancement' | 'security'
    readonly id?: string
    readonly name: string
    readonly description: string
  }[]
}

export interface Dependency {
  readonly ref: string
  readonly dependsOn: readonly string[]
}

export interface Composition {
  readonly aggregate: 'complete' | 'unknown'
  readonly assemblies: readonly string[]
  readonly dependencies: readonly string[]
}

/** The document as text. Equal content has the same serial number: a UUID of version 5 (RFC 9562, 5.5) made of the rest. */
export function writeBom(bom: Bom): string {
  const rest = {
    version: 1,
    metadata: { ...timestamp(), lifecycles: [{ phase: 'build' }], ...bom.metadata },
    components: bom.components,
    dependencies: bom.dependencies,
    compositions: bom.compositions,
  }
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuid5(JSON.stringify(rest))}`,
    ...rest,
  }
  return `${JSON.stringify(document, null, 1)}\n`
}

export function sha256Hash(content: string): readonly Hash[] {
  return [{ alg: 'SHA-256', content }]
}

/** Only when somebody says what time it is: the clock would make each build another. */
function timestamp(): { timestamp?: string } {
  if (!process.env.SOURCE_DATE_EPOCH) return {}
  return { timestamp: new Date(sourceDate() * 1000).toISOString().replace('.000Z', 'Z') }
}

/** The name space of our documents: a constant that nobody else uses. */
const space = Buffer.from('8f3f6d0e6d5c5b0f9a51b6f2f6a4c0de', 'hex')

function uuid5(name: string): string {
  const hash = createHash('sha1').update(space).update(name).digest().subarray(0, 16)
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
