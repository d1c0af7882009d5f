import { writeFileSync } from 'node:fs'

/** For people to read, too. */
export function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
}
