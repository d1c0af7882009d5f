import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withHistory } from './history.js'
import { junitXml } from './junit.js'
import { reportPage } from './page/report-page.js'
import { reportJson } from './report-document.js'
import type { TestReport } from './test-report.js'

/**
 * Writes report.json, junit.xml and index.html into a folder, made when it is not there. `earlier` is what readReport found
 * in the last run's report.json: its key figures, and those that it remembers, go into the new one and are shown beside it.
 */
export function writeReports(report: TestReport, folder: string, earlier?: TestReport): void {
  const whole = withHistory(report, earlier)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'junit.xml'), junitXml(whole))
  writeFileSync(join(folder, 'index.html'), reportPage(whole))
  // Renamed into place: the history in it must survive whatever ends this process.
  writeFileSync(join(folder, 'report.json.new'), reportJson(whole))
  renameSync(join(folder, 'report.json.new'), join(folder, 'report.json'))
}
