import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from 'mocha'
import { packageRoot } from '../../base/package-root.js'

const folder = join(packageRoot, '.cache/python')

/** Environment in which Python finds the packages of scripts/python-packages.txt; without this one the test is skipped and says why. */
export function needPython(test: Context, name: string): Readonly<Record<string, string | undefined>> {
  if (existsSync(join(folder, name))) return { ...process.env, PYTHONPATH: folder }
  if (test.test !== undefined)
    test.test.title += ` (needs the Python package ${name}: npm run setup -- --test)`
  return test.skip()
}
