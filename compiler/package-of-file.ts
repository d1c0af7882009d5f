import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** What a package.json says, and where it stands. */
export interface FoundPackage {
  readonly id: string
  readonly name: string
  readonly version: string | undefined
  readonly licence: string | undefined
  readonly homepage: string | undefined
  readonly isPrivate: boolean
  readonly folder: string
}

/** Answers for a path relative to `root`, as esbuild's metafile has it, whose package it is; undefined: the project's own, or no file. */
export function packageFinder(root: string): (path: string) => FoundPackage | undefined {
  const byFolder = new Map<string, FoundPackage | undefined>()
  const search = (folder: string): FoundPackage | undefined => {
    if (holds(folder, root)) return undefined
    return readPackage(folder, relative(root, folder)) ?? remembered(dirname(folder))
  }
  const remembered = (folder: string): FoundPackage | undefined => {
    if (!byFolder.has(folder)) byFolder.set(folder, search(folder))
    return byFolder.get(folder)
  }
  return (path) => (isVirtual.test(path) ? undefined : remembered(dirname(join(root, path))))
}

/** Modules that a plugin makes: `engine:node:fs`. No drive letter of Windows: the metafile's paths are relative. */
const isVirtual = /^[\w-]{2,}:/

/** LICENSE, COPYING, NOTICE and their like. */
export function readLicenceFiles(folder: string): { name: string; text: string }[] {
  return entriesOf(folder)
    .filter(
      (name) =>
        /^(un)?(licen[cs]e|copying|copyright|notice)/i.test(name) && !/\.(json|[cm]?[jt]s)$/.test(name),
    )
    .sort()
    .flatMap((name) => {
      const text = textOf(join(folder, name))?.trim()
      return text ? [{ name, text }] : []
    })
}

/** Whether `inner` is `folder` or lies below it. */
function holds(folder: string, inner: string): boolean {
  const way = relative(folder, inner).replaceAll('\\', '/')
  return way === '' || !/^(\.\.(\/|$)|[A-Za-z]:|\/)/.test(way)
}

/** The name of the package whose own folder this is: `node_modules/@scope/name`. */
function installedName(path: string): string | undefined {
  return /(?:^|[\\/])node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/@][^\\/]*)$/.exec(path)?.[1]?.replace('\\', '/')
}

/**
 * The package whose folder this is; `path` is the same, relative to the project. Folders inside of an installed package have a
 * package.json that says what kind of modules they hold. Installed packages are such even if theirs cannot be read, as in an archive.
 */
function readPackage(folder: string, path: string): FoundPackage | undefined {
  const installed = installedName(path)
  if (installed === undefined && /(^|[\\/])node_modules[\\/]/.test(path)) return undefined
  const manifest = parseManifest(textOf(join(folder, 'package.json')))
  const name = stringOf(manifest.name) ?? installed
  if (name === undefined) return undefined
  const version = stringOf(manifest.version)
  return {
    id: version === undefined ? name : `${name}@${version}`,
    name,
    version,
    licence: licenceOf(manifest),
    homepage: stringOf(manifest.homepage),
    isPrivate: manifest.private === true || version === undefined,
    folder,
  }
}

/** `license`, or what stood in its place before npm 2: an object, or a list of which one may choose. */
function licenceOf({ license, licenses }: Manifest): string | undefined {
  const type = (value: unknown) => stringOf(value) ?? stringOf((value as { type?: unknown } | null)?.type)
  if (license !== undefined) return type(license)
  const choices = Array.isArray(licenses) ? licenses.flatMap((each) => type(each) ?? []) : []
  return choices.length > 1 ? `(${choices.join(' OR ')})` : choices[0]
}

type Manifest = Readonly<Record<string, unknown>>

function parseManifest(text: string | undefined): Manifest {
  try {
    const manifest: unknown = JSON.parse(text ?? '{}')
    return typeof manifest === 'object' && manifest !== null ? (manifest as Manifest) : {}
  } catch {
    return {} // esbuild has told of it already, if it matters
  }
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // no such file, or a folder
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
