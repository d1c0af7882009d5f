import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Problem } from './problem.js'
import type { Asset } from './program.js'

/** One file for the app: `file` on this machine (absolute), `path` below /app. */
export interface AssetSource {
  readonly path: string
  readonly file: string
}

export interface ReadAssets {
  readonly assets: readonly Asset[]
  readonly problems: readonly Problem[]
}

/** Reads the files that the app finds below /app: all those of a folder, or those listed. Sorted by path. */
export function readAssets(sources: string | readonly AssetSource[] = []): ReadAssets {
  const assets: Asset[] = []
  const problems: Problem[] = []
  for (const { path, file } of typeof sources === 'string' ? listFolder(sources, problems) : sources) {
    try {
      assets.push({ path: checkedPath(path), data: new Uint8Array(readFileSync(file)) })
    } catch (error) {
      problems.push({ text: `cannot read the asset ${path}: ${(error as Error).message}` })
    }
  }
  assets.sort((a, b) => (a.path < b.path ? -1 : 1))
  const twice = assets.find(({ path }, index) => path === assets[index + 1]?.path)
  if (twice !== undefined) problems.push({ text: `two assets have the path ${twice.path}` })
  return { assets, problems }
}

function listFolder(folder: string, problems: Problem[]): readonly AssetSource[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    problems.push({ text: `no such folder of assets: ${folder}` })
    return []
  }
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => ({ path: path.replaceAll('\\', '/'), file: join(folder, path) }))
    .filter(({ file }) => statSync(file, { throwIfNoEntry: false })?.isDirectory() !== true)
}

/** The path becomes a name below /app, whatever stands there. */
function checkedPath(path: string): string {
  const parts = path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..') || path.includes('\0'))
    throw new Error('its path must be relative, without . and ..')
  return path
}
