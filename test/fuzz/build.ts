import { mkdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { basename, join, relative } from 'node:path'
import { packageRoot } from '../../base/package-root.js'
import { run } from '../../base/run.js'
import { cFiles, lwip, networkFlags, networkSources } from '../helpers/network-sources.js'

const fuzzFolder = join(packageRoot, 'test/fuzz')
/** Each C file here is a target. */
export const fuzzTargets: readonly string[] = cFiles(fuzzFolder).map((name) => basename(name, '.c'))

const common = ['-std=gnu17', '-O1', '-gline-tables-only', '-I', join(packageRoot, 'runtime-x86_64/kernel')]
const strict = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter']
// A target takes some of a unit test's fixture, whose main is no main any more.
const fixture = ['-Wno-unused-function', '-Wno-unused-but-set-variable', '-Wno-return-type']
const PATIENT = { timeout: 300_000 }
const onNetwork: ReadonlySet<string> = new Set(['dhcp', 'network'])

/** Compiles what some targets share, the network of the kernel, into `folder`: before the first target. */
export async function buildShared(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await together(networkSources().map((source) => () => compile(source, objectOf(source, folder))))
}

/** Compiles a target into `folder`, as a program of libFuzzer's. */
export async function buildFuzzTarget(name: string, folder: string): Promise<void> {
  const objects = onNetwork.has(name) ? networkSources().map((source) => objectOf(source, folder)) : []
  const flags = [...common, ...(onNetwork.has(name) ? networkFlags : []), ...strict, ...fixture]
  const files = [join(fuzzFolder, `${name}.c`), ...objects]
  await run('clang', [...flags, ...sanitize('fuzzer'), '-o', join(folder, name), ...files], PATIENT)
}

/** Runs the jobs, as many at a time as there are CPUs. */
export async function together(jobs: readonly (() => Promise<void>)[]): Promise<void> {
  const queue = [...jobs]
  const worker = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) await job()
  }
  await Promise.all(cpus().map(worker))
}

function objectOf(source: string, folder: string): string {
  return join(folder, `${relative(packageRoot, source).replace(/^\.+/, '').replaceAll(/[/\\]/g, '_')}.o`)
}

async function compile(source: string, object: string): Promise<void> {
  const warnings = source.startsWith(lwip) ? ['-w'] : strict
  const flags = [...common, ...networkFlags, ...warnings, ...sanitize('fuzzer-no-link')]
  await run('clang', [...flags, '-c', source, '-o', object], PATIENT)
}

function sanitize(fuzzer: string): string[] {
  return [`-fsanitize=${fuzzer},address,undefined`, '-fno-sanitize-recover=all', '-fno-omit-frame-pointer']
}
