import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

type Call = (path: unknown, ...rest: unknown[]) => unknown

/** Makes node:fs find below `folder` what an app reads below /app or by a relative path; what is not there is the machine's. */
export function mountAssets(folder: string): void {
  const { existsSync } = fs
  const find = (path: unknown): unknown => {
    const name = path instanceof URL ? fileURLToPath(path) : path
    if (typeof name !== 'string') return path
    const below = name.startsWith('/app/') ? name.slice('/app/'.length) : name
    const file = join(folder, below)
    return isAbsolute(below) || !file.startsWith(folder) || !existsSync(file) ? path : file
  }
  redirect(fs, ['readFileSync', 'existsSync', 'accessSync', 'statSync'], find)
  redirect(fs.promises, ['readFile', 'access', 'stat'], find)
  syncBuiltinESMExports()
}

function redirect(module: object, names: readonly string[], find: (path: unknown) => unknown): void {
  const functions = module as Record<string, Call>
  for (const name of names) {
    const original = functions[name] as Call
    functions[name] = (path, ...rest) => original.call(module, find(path), ...rest)
  }
}
