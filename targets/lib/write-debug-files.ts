import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Image } from '../../linker/image.js'
import type { Build } from './target.js'

/**
 * What explains addresses and positions of an artefact, written beside it and never into it: the bundle's source map
 * (`<name>.js.map`, of several apps each one's) and, for bootables, the kernel's symbols (`<name>.symbols`: "address size name", one a line, by address).
 */
export function writeDebugFiles(build: Build, folder: string, kernel?: Image): void {
  for (const { name, sourceMap } of build.apps)
    if (sourceMap !== undefined) writeFileSync(join(folder, `${name}.js.map`), sourceMap)
  if (build.sourceMap !== undefined) writeFileSync(join(folder, `${build.name}.js.map`), build.sourceMap)
  if (kernel === undefined) return
  writeFileSync(join(folder, `${build.name}.symbols`), symbolLines(kernel))
  if (build.elf !== undefined)
    writeFileSync(join(folder, `${build.name}.app.symbols`), symbolLines(build.elf))
}

function symbolLines(image: Image): string {
  const lines =
    written.get(image) ??
    image.symbols
      .filter((symbol) => symbol.type === 'function')
      .map((symbol) => `${symbol.address.toString(16)} ${symbol.size} ${symbol.name}\n`)
      .join('')
  written.set(image, lines)
  return lines
}

/** Many rows hold the same app, and some the same kernel. */
const written = new WeakMap<Image, string>()
