import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Unavailable } from './unavailable.js'

/** Where a program is, by PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const suffixes = process.platform === 'win32' ? ['.exe', ''] : ['']
  for (const folder of [...folders, '/usr/sbin', '/sbin'])
    for (const suffix of suffixes) {
      const file = join(folder, name + suffix)
      try {
        accessSync(file, constants.X_OK)
        return file
      } catch {} // not here: the next folder
    }
  return undefined
}

/** A program of the host's, and the Debian package that brings it. */
export interface Tool {
  readonly program: string
  readonly debianPackage: string
}

/** As findProgram, but its absence is an error that names the Debian package. */
export function needProgram({ program, debianPackage }: Tool, purpose: string): string {
  const found = findProgram(program)
  if (found !== undefined) return found
  throw new Unavailable(
    `the package ${debianPackage}`,
    `${program} is not installed, and it is needed to ${purpose}`,
    {
      hint: `install it: apt-get install ${debianPackage} (Debian, Ubuntu), or the package of your system that holds ${program}`,
    },
  )
}
