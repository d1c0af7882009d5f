import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { quote } from '../base/run.js'
import { UserError } from '../base/user-error.js'
import { type BootOptions, type BootReport, boot, type Guest, sharesHostPorts } from '../boot/boot.js'
import type { ExtraDisk, PortForward } from '../boot/machine.js'
import { checkPort, freePort } from '../boot/ports.js'
import { backtrace, parseSymbols } from '../boot/symbolize.js'
import type { BootRecipe } from '../targets/lib/recipe.js'
import type { BuildFacts } from '../targets/lib/target.js'
import { looksLikeArtefact, openArtefact } from './artefact.js'
import type { Artefact } from './pipeline.js'
import { appPort } from './port.js'
import { createTranslator, type SourceMaps } from './translator.js'
import { findWay, waysOf } from './ways.js'

/** What `unik boot` was asked for. */
export interface BootRequest {
  /** An entry, a project folder, or an artefact; undefined: the project in `cwd`. */
  readonly subject: string | undefined
  /** Further entries, which go with the first into one artefact. */
  readonly otherEntries?: readonly string[]
  readonly rootfs?: { readonly folder: string; readonly init: string } | undefined
  readonly target: string | undefined
  /** Which of its platform's ways to start it; undefined: the usual one. */
  readonly way?: string | undefined
  readonly output: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly args: readonly string[]
  /** MiB; undefined: what the image declares. */
  readonly memory: number | undefined
  readonly ports: readonly PortForward[]
  /** Further disks, which the guest may write. */
  readonly disks?: readonly ExtraDisk[]
  readonly accel: 'auto' | 'tcg' | 'kvm'
  readonly timeout: number
  readonly kernelWords: readonly string[]
  readonly cpu?: string | undefined
  readonly emulatorArgs?: readonly string[]
  /** Another machine than the platform's own, for tests. */
  readonly adaptRecipe?: (recipe: BootRecipe) => BootRecipe
  readonly onText?: (text: string, stream: 'out' | 'err') => void
  readonly onRecord?: BootOptions['onRecord']
  readonly onWarning?: (text: string) => void
}

export interface BootSession {
  readonly artefact: Artefact
  readonly guest: Guest
  readonly ports: readonly PortForward[]
  readonly ended: Promise<EndReport>
}

/** How a run ended. */
export interface EndReport extends BootReport {
  /** What there is to say of an end that was not the app's own, with the kernel's backtrace in words when it panicked; else empty. */
  readonly explanation: string
}

/** Builds first when given source, then boots as the target's platform would. */
export async function startBoot(request: BootRequest): Promise<BootSession> {
  const artefact = await artefactOf(request)
  const { recipe: platform } = findWay(await waysOf(artefact), artefact.target, request.way)
  const recipe = request.adaptRecipe?.(platform) ?? platform
  const shared = await sharesHostPorts(recipe)
  if (recipe.kind !== 'qemu') refuseKernelOptions(request, artefact.target)
  checkDisks(request, recipe, artefact.target)
  const memory = chooseMemory(
    request.memory,
    artefact,
    recipe.kind === 'qemu' ? recipe.leastMemory : undefined,
  )
  const ports = await choosePorts(request, artefact.facts, shared)
  const translator = createTranslator(sourceMapsOf(artefact), request.onText ?? (() => {}))
  const guest = await boot(recipe, {
    memory,
    ports,
    disks: request.disks ?? [],
    accel: request.accel,
    args: request.args,
    env: shared && ports[0] !== undefined ? { ...request.env, PORT: String(ports[0].host) } : request.env,
    kernelWords: request.kernelWords,
    timeout: request.timeout,
    onText: translator.push,
    ...(request.onRecord === undefined ? {} : { onRecord: request.onRecord }),
    ...(request.cpu === undefined ? {} : { cpu: request.cpu }),
    ...(request.emulatorArgs === undefined ? {} : { emulatorArgs: request.emulatorArgs }),
  })
  const ended = guest.ended.then((report) => {
    translator.end()
    return { ...report, explanation: explain(report, artefact) }
  })
  return { artefact, guest, ports, ended }
}

async function artefactOf(request: BootRequest): Promise<Artefact> {
  const { otherEntries = [] } = request
  const among = otherEntries.length > 0 ? [request.subject ?? '', ...otherEntries] : []
  const strange = among.find((path) => looksLikeArtefact(path, request.cwd))
  if (strange !== undefined)
    throw new UserError(`${strange} is an artefact: boot takes one, or entries`, {
      hint: 'arguments of the app follow --',
      status: 2,
    })
  if (
    request.subject !== undefined &&
    request.rootfs === undefined &&
    looksLikeArtefact(request.subject, request.cwd)
  ) {
    const artefact = openArtefact(request.subject, request.cwd)
    if (request.target !== undefined && request.target !== artefact.target)
      throw new UserError(`${request.subject} was built for ${artefact.target}, not for ${request.target}`, {
        status: 2,
      })
    return artefact
  }
  const { build } = await import('./pipeline.js') // an artefact is booted without compiler and linker
  const built = await build({
    entries: [request.subject ?? [], otherEntries].flat(),
    rootfs: request.rootfs,
    targets: [request.target ?? 'qemu'],
    env: {},
    output: request.output,
    cwd: request.cwd,
  })
  for (const warning of built.warnings) request.onWarning?.(warning)
  const [artefact] = built.artefacts
  if (artefact === undefined) throw new UserError('nothing was built', { status: 125 })
  return artefact
}

// `firmware`: what the machine's firmware takes for itself before the image starts.
function chooseMemory(asked: number | undefined, artefact: Artefact, firmware = 0): number {
  const { facts } = artefact
  const minimum = Math.max(facts.memory.minimum, firmware)
  const usual = Math.max(facts.memory.default, firmware)
  if (asked === undefined) return usual
  if (asked >= minimum) return asked
  const who = minimum > facts.memory.minimum ? "this machine's firmware" : facts.name
  throw new UserError(`${asked} MiB are too little: ${who} needs at least ${minimum} MiB`, {
    hint: `-m ${minimum}M, or leave -m out for ${usual} MiB`,
    status: 2,
  })
}

function checkDisks(request: BootRequest, recipe: BootRecipe, target: string): void {
  if ((request.disks ?? []).length === 0 || (recipe.kind === 'qemu' && recipe.disks !== undefined)) return
  throw new UserError(`target ${target} has no driver for a disk, so --disk has no use`, {
    hint: 'boot it as a target that has: -t raw',
    status: 2,
  })
}

// Without -p: free ports, or, where the app shares the host's ports, those that it was told or cannot be told.
async function choosePorts(
  request: BootRequest,
  { port, ports }: BuildFacts,
  shared: boolean,
): Promise<readonly PortForward[]> {
  for (const { host } of request.ports) await checkPort(host)
  if (shared) refuseMoved(request.ports.slice(1))
  if (request.ports.length > 0 || port === undefined) return request.ports
  const told = request.env.PORT !== undefined
  const first = told ? appPort(request.env) : port
  const forwards = [await forwardTo(first, told && shared)]
  for (const other of ports) if (other !== port) forwards.push(await forwardTo(other, shared))
  return forwards
}

/** PORT moves the app's first port only. */
function refuseMoved(others: readonly PortForward[]): void {
  for (const { host, guest } of others)
    if (host !== guest)
      throw new UserError(`-p ${host}:${guest}: the app listens on the ports of this machine itself`, {
        hint: 'only the first -p can move a port there: -t qemu has a network of its own',
        status: 2,
      })
}

async function forwardTo(guest: number, same: boolean): Promise<PortForward> {
  if (!same) return { host: await freePort(), guest }
  await checkPort(guest)
  return { host: guest, guest }
}

function refuseKernelOptions(request: BootRequest, target: string): void {
  const given = [...request.kernelWords, ...(request.emulatorArgs ?? [])]
  if (given.length > 0)
    throw new UserError(`target ${target} boots no kernel that --kernel, --trace or --gdb could speak to`, {
      hint: 'boot it with -t qemu, or run the app ELF with strace or gdb',
      status: 2,
    })
}

function sourceMapsOf({ folder, facts }: Artefact): SourceMaps | undefined {
  const read = (name: string) => {
    const file = join(folder, `${name}.js.map`)
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined
  }
  if (facts.apps === undefined) return read(facts.name)
  const maps = facts.apps.map(({ name }) => [name, read(name)] as const)
  return Object.fromEntries(maps.filter((pair): pair is readonly [string, string] => pair[1] !== undefined))
}

function explain(report: BootReport, artefact: Artefact): string {
  if (report.verdict === 'exited' || report.verdict === 'killed') return ''
  const lines: string[] = []
  if (report.verdict === 'hung') lines.push('the guest neither wrote nor listened in time, and was ended')
  if (report.verdict === 'failed to start') lines.push('the machine ended without ever running the kernel')
  if (report.verdict === 'panicked') lines.push(...panicLines(report, artefact))
  return lines.join('\n')
}

/** The explanation of a run, and how to repeat it; empty for an end of the app's own. */
export function explained({ explanation, commandLine }: EndReport): string {
  return explanation === '' ? '' : `${explanation}\nto repeat this run: ${quote(commandLine)}`
}

function panicLines(report: BootReport, artefact: Artefact): string[] {
  if (report.panic === undefined) return ['the machine reset without a word from the kernel (a triple fault)']
  const file = join(artefact.folder, `${artefact.facts.name}.symbols`)
  const symbols = existsSync(file) ? parseSymbols(readFileSync(file, 'utf8')) : []
  return ['kernel panic, called from:', ...backtrace(report.panic, symbols)]
}
