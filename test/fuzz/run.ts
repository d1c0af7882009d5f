import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { tryRun } from '../../base/run.js'

export interface FuzzRun {
  /** The compiled targets. */
  readonly programs: string
  /** ACPI tables of another maker's, which some targets begin with. */
  readonly tables: string
  /** Where an input that shows a fault is written. */
  readonly findings: string
  /** Libfuzzer's: what ends the run, and the corpus if there is one. */
  readonly args: readonly string[]
  readonly seconds: number
}

export interface FuzzResult {
  readonly executions: number
  readonly edges: number
  /** What the sanitizer, an assertion or a time limit says; undefined: nothing was found. */
  readonly finding: string | undefined
}

/** One input that takes so many seconds counts as a hang. */
const HANG_SECONDS = 30

/** Runs one target until libFuzzer ends. */
export async function runFuzzTarget(name: string, options: FuzzRun): Promise<FuzzResult> {
  const { programs, tables, findings, seconds } = options
  const limits = [`-timeout=${HANG_SECONDS}`, '-rss_limit_mb=1024', '-print_final_stats=1']
  const args = [...options.args, ...limits, `-artifact_prefix=${join(findings, `${name}-`)}`]
  const { exitCode, stderr } = await tryRun(join(programs, name), [...args, ...seeds(name, tables)], {
    env: { ACPI_TABLES: tables, ASAN_OPTIONS: 'quarantine_size_mb=16' },
    timeout: (seconds + 2 * HANG_SECONDS) * 1000,
  })
  return {
    executions: Number(stderr.match(/stat::number_of_executed_units: (\d+)/)?.[1] ?? 0),
    edges: Number([...stderr.matchAll(/ cov: (\d+)/g)].at(-1)?.[1] ?? 0),
    finding: exitCode === 0 ? undefined : stderr.slice(-8000),
  }
}

/** AML begins with DSDTs; every other target makes what it damages itself. A corpus folder is refused if it is empty. */
function seeds(name: string, tables: string): string[] {
  return name === 'aml' && readdirSync(tables).length > 0 ? [`-seed_inputs=${dsdts(tables)}`] : []
}

function dsdts(tables: string): string {
  const names = readdirSync(tables).filter((name) => name.endsWith('.dsdt'))
  return names
    .sort()
    .map((name) => join(tables, name))
    .join(',')
}
