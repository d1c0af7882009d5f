import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../base/package-root.js'
import type { RootfsEntry } from '../formats/entry.js'
import { textFile } from './package-files.js'

/** A module of targets/hosts, compiled, as a file of an artefact: what a JavaScript host lacks beside the bundle. */
export function hostFile(name: string): RootfsEntry {
  const code = readFileSync(join(packageRoot, 'lib', 'targets', 'hosts', `${name}.js`), 'utf8')
  return textFile(`${name}.js`, code.replace(/^\/\/# sourceMappingURL=.*\n?/m, ''))
}
