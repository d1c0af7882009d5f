import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UserError } from '../base/user-error.js'
import { type ExpectedRow, gatherReports, type Source } from '../boot/report/gather-reports.js'
import { inTableOrder } from '../boot/report/layers.js'
import { readReport } from '../boot/report/read-report.js'
import type { TestReport } from '../boot/report/test-report.js'
import type { Artefact } from './pipeline.js'
import { findTargets } from './targets.js'
import { waysOf } from './ways.js'

/** The reports in these folders, or in the folders in them, as one over all artefacts of `dist`. */
export async function releaseReport(
  folders: readonly string[],
  { dist, cwd }: { readonly dist: string; readonly cwd: string },
): Promise<TestReport> {
  const expected = await expectedRows(resolve(cwd, dist))
  return gatherReports(
    folders.flatMap((folder) => reportsIn(folder, cwd)),
    expected,
  )
}

async function expectedRows(dist: string): Promise<readonly ExpectedRow[]> {
  const artefacts = readManifest(join(dist, 'manifest.json'))
  const rows = artefacts.map(async ({ target: name, facts, appSha256 }): Promise<ExpectedRow[]> => {
    const ways = await waysOf({ target: name, facts, folder: join(dist, name) })
    return (await findTargets([name])).map(({ layer, carries, proof }) => ({
      ...{ target: name, layer, carries, proof, appSha256, ways: ways.map((way) => way.name) },
    }))
  })
  return inTableOrder((await Promise.all(rows)).flat())
}

function readManifest(file: string): readonly Artefact[] {
  try {
    const { artefacts } = JSON.parse(readFileSync(file, 'utf8')) as { artefacts?: Artefact[] }
    if (Array.isArray(artefacts) && artefacts.length > 0) return artefacts
  } catch (cause) {
    throw new UserError('no manifest of artefacts, which says what a report must hold', {
      where: file,
      hint: 'build first, or name the folder of artefacts: --dist DIR',
      cause,
    })
  }
  throw new UserError('a manifest without artefacts', { where: file })
}

function reportsIn(folder: string, cwd: string): readonly Source[] {
  const path = resolve(cwd, folder)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UserError(`no such folder: ${folder}`, { status: 2 })
  const within = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [folder, ...within.map(({ name }) => join(folder, name)).sort()].flatMap((each) => {
    const file = join(each, 'report.json')
    const report = readReport(resolve(cwd, file))
    return report === undefined ? [] : [{ file, report }]
  })
}
