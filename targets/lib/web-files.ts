import { Buffer } from 'node:buffer'
import { type Content, contentOf } from '../formats/content.js'
import type { RootfsEntry } from '../formats/entry.js'
import { hostFile } from './host-file.js'
import { needBundle } from './need-bundle.js'
import { textFile } from './package-files.js'
import type { Build } from './target.js'

/** Modules of Node.js that are globals under another name: what they export, and of what. */
const globalModules: Readonly<Record<string, { readonly of: string; readonly names: string }>> = {
  'node:console': {
    of: 'console',
    names:
      'assert, count, countReset, debug, dir, dirxml, error, group, groupCollapsed, groupEnd, info, log, table, time, timeEnd, timeLog, trace, warn',
  },
  'node:perf_hooks': { of: 'globalThis', names: 'performance' },
  'node:process': {
    of: 'process',
    names:
      'abort, addListener, arch, argv, cwd, emit, env, execPath, exit, exitCode, hrtime, kill, listenerCount, memoryUsage, nextTick, off, on, once, pid, platform, ppid, prependListener, removeAllListeners, removeListener, stderr, stdout, title, uptime, version, versions',
  },
  'node:timers': {
    of: 'globalThis',
    names: 'clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout',
  },
  'node:url': { of: 'globalThis', names: 'URL, URLSearchParams' },
}
const fsModules = ['node:fs', 'node:fs/promises']

/**
 * The bundle for a browser's worker: as it is when it imports nothing. Workers have no import maps, so a module of Node.js is
 * imported by the name of the file that takes its place.
 */
export function webBundle(build: Build, target: string): RootfsEntry[] {
  const bundle = needBundle(build, target)
  if (build.imports.length === 0) return [{ path: 'app.js', type: 'file', mode: 0o644, data: bundle }]
  const code = build.imports.reduce(renameImport, new TextDecoder().decode(bundle))
  const stand = [...new Set(build.imports.map(standIn))].map((path) => standInFile(path, build))
  return [textFile('app.js', code), ...stand]
}

/** The files that the app reads, for web-fs.js. */
export function webAssets({ assets }: Build): Content {
  const pieces = assets.flatMap(({ path, data = new Uint8Array() }, index) => [
    text(`${index === 0 ? '' : ','}${JSON.stringify(path)}:"`),
    inBase64(data),
    text('"'),
  ])
  return contentOf([text('globalThis.unikAssets = {'), ...pieces, text('}\n')])
}

function inBase64(data: Uint8Array): Content {
  return {
    length: Math.ceil(data.length / 3) * 4,
    *parts() {
      for (let at = 0; at < data.length; at += base64Step)
        yield text(Buffer.from(data.subarray(at, at + base64Step)).toString('base64'))
    },
  }
}

/** A multiple of three bytes, which four letters stand for. */
const base64Step = 3 << 16

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

function standIn(specifier: string): string {
  return fsModules.includes(specifier) ? 'web-fs.js' : `${specifier.replace(/\W+/g, '-')}.js`
}

function standInFile(path: string, build: Build): RootfsEntry {
  if (path === 'web-fs.js') return hostFile(build, 'web-fs')
  const specifier = build.imports.find((each) => standIn(each) === path) ?? ''
  const found = globalModules[specifier]
  if (found === undefined) throw new Error(`no stand-in for ${specifier} in a browser`)
  const { of, names } = found
  const whole = of === 'globalThis' ? `{ ${names} }` : of
  return textFile(path, `export const { ${names} } = ${of}\nexport default ${whole}\n`)
}

/** In the forms in which esbuild prints declarations of imports and exports, and import(). */
function renameImport(code: string, specifier: string): string {
  const file = JSON.stringify(`./${standIn(specifier)}`)
  const quoted = JSON.stringify(specifier)
  const declaration = new RegExp(`^((?:im|ex)port(?:[^"'\`;]* from)? *)${quoted}(;?)$`, 'gm')
  return code.replace(declaration, `$1${file}$2`).replaceAll(`import(${quoted})`, `import(${file})`)
}
