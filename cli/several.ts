import { UserError } from '../base/user-error.js'
import { compile } from '../compiler/compile.js'
import type { Program } from '../compiler/program.js'
import type { HostedApps } from '../linker/apps-object.js'
import type { HostedApp, Target } from '../targets/lib/target.js'
import { assetEntries } from './asset-entries.js'
import type { AppConfig } from './config/apps.js'

/** What is told of a program, or of several in one. */
export interface Programs extends Pick<Program, 'modules' | 'packages' | 'warnings'> {
  /** Each of several. */
  readonly apps?: readonly Pick<Program, 'name' | 'bundle' | 'packages'>[]
}

type Environment = Readonly<Record<string, string>>

/** Compiles each app. `shared` is the environment of all, which goes before an app's own. */
export async function compileApps(
  apps: readonly AppConfig[],
  shared: Environment,
): Promise<HostedApps['apps']> {
  const hosted = []
  for (const app of apps) {
    const { entry, name, root, assets, route } = app
    const program = await compile({ entry, name, root, assets, env: { ...app.env, ...shared } })
    if (!program.modules.includes('serve')) throw isScript(app)
    hosted.push({ program, route })
  }
  return hosted
}

function isScript({ given, entry }: AppConfig): UserError {
  return new UserError(`${given} is a script, which cannot share an artefact with other apps`, {
    where: entry,
    hint: 'export default { fetch } makes it a server; or build it alone',
  })
}

/** As the app ELF has them: each program with what its environment has beside that of all. */
export function withOwnEnvironment(apps: HostedApps['apps'], shared: Environment): HostedApps['apps'] {
  return apps.map(({ program, route }) => {
    const own = Object.entries(program.env).filter(([key]) => !Object.hasOwn(shared, key))
    return { program: { ...program, env: Object.fromEntries(own) }, route }
  })
}

/** As targets have them that hold bundles. */
export function hostedApp({ program, route }: HostedApps['apps'][number]): HostedApp {
  const { name, bundle, sourceMap, env } = program
  return { name, bundle, sourceMap, env, route, assets: assetEntries(program) }
}

export function summary(apps: HostedApps['apps']): Programs {
  const modules = new Set(['apps', ...apps.flatMap(({ program }) => program.modules)])
  return {
    modules: [...modules].sort(),
    packages: packagesOf(apps),
    apps: apps.map(({ program }) => program),
    warnings: apps.flatMap(({ program }) => program.warnings.map((text) => `${program.name}: ${text}`)),
  }
}

/** Of one that several apps have each may have left another part. */
function packagesOf(apps: HostedApps['apps']): Program['packages'] {
  const found = new Map<string, Program['packages'][number]>()
  for (const each of apps.flatMap(({ program }) => program.packages)) {
    const other = found.get(each.id)
    const imports = [...new Set([...each.imports, ...(other?.imports ?? [])])].sort()
    found.set(each.id, { ...each, imports, isDirect: each.isDirect || other?.isDirect === true })
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** The targets that can hold several apps; those that cannot are refused, or only left out where `all` was asked for. */
export function holdersOfSeveral(
  targets: readonly Target[],
  isAll: boolean,
): { targets: readonly Target[]; warnings: readonly string[] } {
  const canHold = ({ carries, holdsSeveral }: Target) => carries === 'elf' || holdsSeveral === true
  const rest = targets.filter((target) => !canHold(target)).map(({ name }) => name)
  if (rest.length > 0 && !isAll)
    throw new UserError(`target ${rest.join(', ')} holds one app, not several`, {
      hint: 'build each app alone, or choose one of those that carry the app ELF, or workerd',
      status: 2,
    })
  return {
    targets: targets.filter(canHold),
    warnings: rest.length === 0 ? [] : [`left out, as they hold one app only: ${rest.join(', ')}`],
  }
}
