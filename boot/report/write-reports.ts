import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { junitXml } from './junit.js'
import { reportPage } from './page/report-page.js'
import { reportJson } from './report-document.js'
import { summaryMarkdown } from './summary-markdown.js'
import type { TestReport } from './test-report.js'

/** Writes report.json, junit.xml, index.html and summary.md into a folder, made when it is not there. */
export function writeReports(report: TestReport, folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'junit.xml'), junitXml(report))
  writeFileSync(join(folder, 'index.html'), reportPage(report))
  writeFileSync(join(folder, 'summary.md'), summaryMarkdown(report))
  // Renamed into place: the history in it must survive whatever ends this process.
  writeFileSync(join(folder, 'report.json.new'), reportJson(report))
  renameSync(join(folder, 'report.json.new'), join(folder, 'report.json'))
}
