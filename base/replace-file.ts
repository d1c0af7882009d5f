import { renameSync, writeFileSync } from 'node:fs'

/** Writes a file so that nobody sees a half-written one, whatever ends this process. */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const part = `${file}.${process.pid}.part`
  writeFileSync(part, content)
  renameSync(part, file)
}
