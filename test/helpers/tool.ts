import type { Context } from 'mocha'
import { findProgram } from '../../base/find-program.js'

/** Path of a program that a test needs; where it is not installed the test is skipped and says why. */
export function needTool(test: Context, program: string, debianPackage: string): string {
  const found = findProgram(program)
  if (found !== undefined) return found
  if (test.test !== undefined) test.test.title += ` (needs the package ${debianPackage})`
  return test.skip()
}

/** Skips a test, saying why, where only root may do what it does. */
export function needRoot(test: Context): void {
  if (process.getuid?.() === 0) return
  if (test.test !== undefined) test.test.title += ' (needs root)'
  test.skip()
}
