import type { Context, Runnable } from 'mocha'
import { findProgram } from '../../base/find-program.js'

let running: Runnable | undefined
beforeEach(function () {
  running = this.currentTest
})
afterEach(() => {
  running = undefined
})

/** Path of a program that a test needs; where it is not installed the test is skipped and says why. */
export function needTool(test: Context, program: string, debianPackage: string): string {
  return findProgram(program) ?? skip(test, `needs the package ${debianPackage}`)
}

/** The same for what a test calls, which does not know the test. */
export function needReader(program: string, debianPackage: string): string {
  const found = findProgram(program)
  if (found !== undefined) return found
  if (running === undefined) throw new Error(`${program} of the package ${debianPackage} is not installed`)
  return skipRunnable(running, `needs the package ${debianPackage}`)
}

/** Skips a test, saying why, where only root may do what it does. */
export function needRoot(test: Context): void {
  if (process.getuid?.() !== 0) skip(test, 'needs root')
}

/** Skips a test whose title then says why. */
export function skip(test: Context, why: string): never {
  return skipRunnable(test.runnable(), why)
}

function skipRunnable(runnable: Runnable, why: string): never {
  runnable.title += ` (${why})`
  return runnable.skip()
}
