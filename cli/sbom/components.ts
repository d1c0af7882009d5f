import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../base/package-root.js'
import { requirePackage } from '../../base/require-package.js'
import type { BundledPackage } from '../../compiler/bundled-packages.js'
import { type Component, type Patch, sha256Hash } from './cyclonedx.js'
import { licenceChoice } from './licences.js'
import type { RuntimeComponent, RuntimePatch } from './runtime-component.js'

/** A component that others can refer to. */
export type Part = Component & { readonly 'bom-ref': string }

export function packagePart(found: BundledPackage): Part {
  const { id, name, version, licence, homepage, isPrivate } = found
  const website = homepage !== undefined && URL.canParse(homepage) ? new URL(homepage).href : undefined
  return {
    type: 'library',
    'bom-ref': packageRef(id),
    name,
    version,
    licenses: licenceChoice(licence),
    purl: isPrivate || version === undefined ? undefined : npmAddress(name, version),
    ...(website === undefined ? {} : { externalReferences: [{ type: 'website', url: website }] }),
  }
}

/** The slash of a scoped name is no part of a segment (purl specification, type npm). */
function npmAddress(name: string, version: string): string {
  return `pkg:npm/${encodeURIComponent(name).replace('%2F', '/')}@${encodeURIComponent(version)}`
}

export function packageRef(id: string): string {
  return `npm:${id}`
}

export function runtimePart(component: RuntimeComponent): Part {
  const { name, version, licence, purl, cpe, homepage, sha256, sources, patches } = component
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    licenses: licenceChoice(licence),
    hashes: sha256 === undefined ? undefined : sha256Hash(sha256),
    cpe,
    purl,
    externalReferences: [
      { type: 'website', url: homepage },
      ...sources.map((source) => ({
        type: 'source-distribution' as const,
        url: source.url,
        hashes: sha256Hash(source.sha256),
      })),
    ],
    pedigree: patches.length === 0 ? undefined : { patches: patches.map((patch) => patchOf(name, patch)) },
  }
}

/** Our patches lie in our own source, which is what the address is relative to. */
function patchOf(library: string, { file, reason, fixes }: RuntimePatch): Patch {
  const name = file.replace(/^\d+-|\.patch$/g, '')
  const issues = fixes.map((id) => ({ type: 'security' as const, id, name, description: reason }))
  return {
    type: 'unofficial',
    diff: { url: `runtime-x86_64/third-party/${library}/${file}` },
    resolves: issues.length > 0 ? issues : [{ type: 'enhancement', name, description: reason }],
  }
}

/** The engine's own code: what stands between the JavaScript engine and the app. */
export function enginePart(): Part {
  return ownPart('engine', 'library', 'Web and Node.js APIs above the JavaScript engine')
}

/** `digest` tells kernels of different parts apart. */
export function kernelPart(digest: string): Part {
  const part = ownPart('kernel', 'operating-system', 'Kernel with the system-call interface of Linux')
  return { ...part, 'bom-ref': `${part['bom-ref']}#${digest}` }
}

export function driverPart(name: string): Part {
  return { ...ownPart(`driver/${name}`, 'device-driver', 'Driver of the kernel'), name }
}

export function standInPart(name: string, code: Uint8Array): Part {
  const part = ownPart(`stand-in/${name}`, 'file', 'Takes the place of what a JavaScript host lacks')
  return { ...part, name: `${name}.js`, hashes: sha256Hash(sha256(code)) }
}

/** What made the artefact. */
export function tools(bundled: boolean): Component[] {
  const { version, licence } = self()
  const unik: Component = { type: 'application', name: 'unik', version, licenses: licenceChoice(licence) }
  return bundled ? [unik, bundler()] : [unik]
}

let esbuild: Component | undefined

function bundler(): Component {
  if (esbuild === undefined) {
    const { version } = requirePackage('esbuild') as typeof import('esbuild')
    esbuild = { type: 'application', name: 'esbuild', version, purl: `pkg:npm/esbuild@${version}` }
  }
  return esbuild
}

const digests = new WeakMap<Uint8Array, string>()

/** Many artefacts hold the same app, which is the same array. */
export function sha256(data: Uint8Array): string {
  const digest = digests.get(data) ?? createHash('sha256').update(data).digest('hex')
  digests.set(data, digest)
  return digest
}

function ownPart(what: string, type: Component['type'], description: string): Part {
  const { version, licence } = self()
  return {
    type,
    'bom-ref': `unik:${what}@${version}`,
    name: `unik ${what}`,
    version,
    description,
    licenses: licenceChoice(licence),
  }
}

let read:
  | { readonly name: string; readonly version: string; readonly licence: string; readonly notice: string }
  | undefined

/** Our own work: kernel, engine and stand-ins are parts of it. */
export function self() {
  if (read === undefined) {
    const file = (name: string) => readFileSync(join(packageRoot, name), 'utf8')
    const { version = '', license = '' } = JSON.parse(file('package.json')) as Record<string, string>
    read = { name: 'unik', version, licence: license, notice: file('LICENSE').trim() }
  }
  return read
}
