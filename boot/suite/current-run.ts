import type { AppRun } from './app-run.js'

let run: AppRun | undefined

/** The run that `app` stands for in this process, which has one. */
export function currentRun(): AppRun {
  if (run === undefined) throw new Error("'unik/test' works only in a test that `unik test` runs")
  return run
}

export function setCurrentRun(value: AppRun): void {
  run = value
}
