import { expect } from 'chai'
import { longestHistory, withHistory } from '../../../../boot/report/history.js'
import { parseReport } from '../../../../boot/report/read-report.js'
import { reportDocument, reportJson } from '../../../../boot/report/report-document.js'
import { reportOf, rowOf, runOf } from '../../../helpers/test-report.js'

describe('report.json', () => {
  const skipped = rowOf('lxc', {
    layer: 'OS-level container',
    status: 'skipped',
    why: 'needs the package lxc',
    firstOutputMs: undefined,
    firstResponseMs: undefined,
    runs: [],
  })

  it("begins each row with the keys of the command line's contract, in its order", () => {
    const { rows } = reportDocument(reportOf([rowOf('efi'), skipped])) as { rows: object[] }
    const contract = ['target', 'layer', 'status', 'why', 'proof', 'size', 'firstOutputMs', 'firstResponseMs']
    for (const row of rows) expect(Object.keys(row).slice(0, 9)).to.deep.equal([...contract, 'appSha256'])
    expect(rows[1]).to.include({ status: 'skipped', why: 'needs the package lxc', firstOutputMs: null })
    expect(rows[0]).to.include({ why: null, instructions: 4_100_000 })
  })

  it('is read back as it was', () => {
    const budget = { checked: 0, violations: [], unchecked: [] }
    const report = reportOf([rowOf('efi'), skipped], { endedAt: '2026-11-22T08:00:00Z', history: [], budget })
    expect(parseReport(reportJson(report))).to.deep.equal(report)
  })

  it('tells where it is not what it should be', () => {
    const wrong = (change: (document: string) => string) => () =>
      parseReport(change(reportJson(reportOf([rowOf('efi')]))))
    expect(wrong((text) => text.replace(/"size": \d+/, '"size": "<script>"'))).to.throw(
      'rows[0].size must be a number',
    )
    expect(wrong((text) => text.replace('"status": "passed"', '"status": "fine"'))).to.throw(
      'rows[0].status must be one of "passed", "failed"',
    )
    expect(wrong((text) => text.replace('"at": 41.25', '"at": null'))).to.throw(
      'rows[0].runs[0].console[0].at must be a number',
    )
    expect(wrong(() => '[]')).to.throw('the document must be an object')
  })

  it('remembers the key figures of those before it, up to a limit', () => {
    let report = reportOf([rowOf('efi', { size: 0 })], { endedAt: 'day 0' })
    for (let day = 1; day <= longestHistory + 2; day++) {
      const next = reportOf([rowOf('efi', { size: day, runs: [runOf(), runOf({ instructions: 1 })] })])
      report = withHistory({ ...next, endedAt: `day ${day}` }, parseReport(reportJson(report)))
      const last = report.history?.at(-1)
      expect(last?.endedAt).to.equal(`day ${day - 1}`)
      expect(last?.rows.efi).to.deep.equal({
        status: 'passed',
        size: day - 1,
        firstOutputMs: 41.25,
        firstResponseMs: 150,
        instructions: 4_100_000,
        exceeded: [],
      })
    }
    expect(report.history).to.have.length(longestHistory)
    expect(report.history?.[0]?.endedAt).to.equal('day 2')
  })

  it('takes no digest that could say something else where it is shown', () => {
    for (const name of ['appSha256', 'bundleSha256'])
      expect(() => parseReport(reportJson({ ...reportOf([]), [name]: 'a`\n# All passed' }))).to.throw(
        `${name} must be a SHA-256`,
      )
  })
})
