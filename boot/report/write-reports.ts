import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../../base/replace-file.js'
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
  replaceFile(join(folder, 'report.json'), reportJson(report)) // a history is in it
}
