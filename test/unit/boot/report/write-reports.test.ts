import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { withHistory } from '../../../../boot/report/history.js'
import { readReport } from '../../../../boot/report/read-report.js'
import { writeReports } from '../../../../boot/report/write-reports.js'
import { scratchFolder } from '../../../helpers/scratch.js'
import { reportOf, rowOf } from '../../../helpers/test-report.js'

describe('the folder of a report', () => {
  const scratch = scratchFolder()

  it('holds one of each kind, and a history that grows from run to run', () => {
    const folder = join(scratch(), 'deep/report')
    const file = join(folder, 'report.json')
    expect(readReport(file)).to.equal(undefined)
    for (const size of [1, 2, 3])
      writeReports(withHistory(reportOf([rowOf('efi', { size })]), readReport(file)), folder)
    expect(readReport(file)?.history?.map(({ rows }) => rows.efi?.size)).to.deep.equal([1, 2])
    expect(readdirSync(folder).sort()).to.deep.equal(['index.html', 'junit.xml', 'report.json', 'summary.md'])
    expect(readFileSync(join(folder, 'index.html'), 'utf8')).to.contain('+50 %') // from 2 to 3 bytes
  })

  it('tells of a report.json that is none', () => {
    const file = join(scratch(), 'report.json')
    writeFileSync(file, '{"rows": 1}')
    expect(() => readReport(file))
      .to.throw('not a report of unik test: app must be text')
      .with.property('where', file)
  })
})
