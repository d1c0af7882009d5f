import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Route } from '../../base/route-table.js'
import { Problems, UserError } from '../../base/user-error.js'
import type { AppEntry, UserConfig } from './config.js'
import {
  type Config,
  configOf,
  entryName,
  findEntry,
  loadProject,
  nameOf,
  type Project,
  plainName,
  projectRoot,
  settingsOf,
} from './load.js'

/** Several apps in one artefact: settings of the project that puts them together, and of each app. */
export interface SeveralConfig extends Omit<Config, 'entry'> {
  readonly apps: readonly AppConfig[]
}

/** One of several apps; paths are absolute. */
export interface AppConfig extends Pick<Config, 'root' | 'name' | 'entry' | 'env' | 'assets'> {
  /** The entry as the user called it. */
  readonly given: string
  readonly route: Route
}

/** What ENTRY… and the project say: one app, or several. */
export async function loadApps(
  entries: readonly string[],
  cwd: string,
  flags: UserConfig = {},
): Promise<Config | SeveralConfig> {
  if (entries.length > 1) {
    const rows = entries.map((entry) => ({ entry }))
    return severalOf(await loadProject(cwd, flags), rows, cwd)
  }
  const [given] = entries
  const project = await loadProject(projectRoot(given, cwd), flags)
  const { apps, entry } = project.config
  const isOfProject = given === undefined || statSync(resolve(cwd, given)).isDirectory()
  if (apps === undefined || !isOfProject) return configOf(project, given, cwd)
  if (entry !== undefined)
    throw new UserError('unik.config.ts has both entry and apps: apps takes the place of entry', {
      where: project.root,
    })
  return severalOf(project, apps, project.root)
}

async function severalOf(
  project: Project,
  rows: readonly AppEntry[],
  folder: string,
): Promise<SeveralConfig> {
  const projects = new Map([[project.root, project]])
  const roots = rows.map(({ entry }) => projectRoot(entry, folder))
  for (const root of roots) if (!projects.has(root)) projects.set(root, await loadProject(root))
  const apps = rows.map((row, i): AppConfig => {
    const own = projects.get(roots[i] as string) as Project
    const entry = findEntry(row.entry, folder, own)
    // A project's name is that of its app only when it has one, and is not what puts the apps together.
    const isOnly = own !== project && roots.filter((root) => root === own.root).length === 1
    const name = row.name ?? (isOnly ? nameOf(own) : undefined) ?? entryName(entry)
    const { root, assets, env } = settingsOf(own, name)
    return {
      root,
      name,
      entry,
      assets,
      env: own === project ? {} : env,
      given: row.entry,
      route: routeOf(row, name),
    }
  })
  checkDistinct(apps)
  const name = nameOf(project) ?? plainName(apps.map((app) => app.name).join('-'))
  return { ...settingsOf(project, name), apps }
}

function routeOf({ host, path }: AppEntry, name: string): Route {
  const hosts = host === undefined ? [name, `${name}.*`] : [host].flat()
  return { hosts: hosts.map((each) => each.toLowerCase()), path: path ?? `/${name}` }
}

function checkDistinct(apps: readonly AppConfig[]): void {
  const problems = new Problems()
  const check = (what: string, valuesOf: (app: AppConfig) => readonly string[]) => {
    const owners = new Map<string, AppConfig>()
    for (const app of apps)
      for (const value of new Set(valuesOf(app))) {
        const other = owners.get(value)
        if (other !== undefined) problems.add(`${what} ${value}: ${other.given} and ${app.given}`)
        else owners.set(value, app)
      }
  }
  check('name', ({ name }) => [name])
  if (problems.count === 0) check('host', ({ route }) => route.hosts)
  check('path', ({ route }) => (problems.count === 0 ? [route.path] : []))
  problems.stopHere('two apps in one artefact have the same', {
    hint: 'give them name, host and path: `apps` in unik.config.ts',
    status: 2,
  })
}
