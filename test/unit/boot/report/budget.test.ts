import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../../../base/package-root.js'
import type { UserError } from '../../../../base/user-error.js'
import { type Budget, checkBudget, violationText } from '../../../../boot/report/budget.js'
import { readBaseline, readBudget } from '../../../../boot/report/budget-file.js'
import { withHistory } from '../../../../boot/report/history.js'
import { reportJson } from '../../../../boot/report/report-document.js'
import type { TestReport, TestRow } from '../../../../boot/report/test-report.js'
import { scratchFolder } from '../../../helpers/scratch.js'
import { reportOf, rowOf, runOf } from '../../../helpers/test-report.js'

describe('budget', () => {
  const scratch = scratchFolder()
  const targets = ['efi', 'iso', 'linux', 'lxc']
  const budgetOf = (value: unknown): Budget => {
    const file = join(scratch(), 'budget.json')
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
    return readBudget(file, targets)
  }
  const texts = (report: TestReport, budget: unknown, earlier?: TestReport) =>
    checkBudget(report, budgetOf(budget), earlier).violations.map(
      (violation) => `${violation.target}: ${violationText(violation)}`,
    )
  const KiB = 1024

  it('holds every row to the default, and a row to its own limit in its place', () => {
    const report = reportOf([rowOf('efi', { size: 900 * KiB }), rowOf('iso', { size: 900 * KiB })])
    const budget = { default: { size: '850 KiB', firstOutputMs: 41.25 }, rows: { iso: { size: '1 MiB' } } }
    expect(texts(report, budget)).to.deep.equal(['efi: size 900 KiB exceeds 850 KiB'])
    expect(checkBudget(report, budgetOf(budget)).checked).to.equal(4)
    expect(texts(report, { ...budget, rows: { efi: { size: null } } })).to.deep.equal([
      'iso: size 900 KiB exceeds 850 KiB',
    ])
  })

  it('compares with an earlier report', () => {
    const earlier = reportOf([rowOf('efi'), rowOf('iso', { firstResponseMs: 100 })])
    const report = reportOf([
      rowOf('efi', { firstResponseMs: 165 }),
      rowOf('iso', { firstResponseMs: 116, size: 812 * KiB + 1 }),
    ])
    expect(texts(report, { default: { firstResponseMs: '+10%' } }, earlier)).to.deep.equal([
      'iso: first response 116 ms exceeds 110 ms (+10% of 100 ms)',
    ])
    expect(texts(report, { default: { firstResponseMs: '+16 ms', size: '+0%' } }, earlier)).to.deep.equal([
      'iso: size 831489 bytes exceeds 831488 bytes (+0% of 831488 bytes)',
    ])
    expect(texts(report, { default: { firstResponseMs: ['+50%', '160 ms'] } }, earlier)).to.deep.equal([
      'efi: first response 165 ms exceeds 160 ms',
    ])
  })

  it('compares with the latest report that passed and was within the budget, however many failed since', () => {
    const budget = budgetOf({ default: { size: '+10%' } })
    let report = reportOf([rowOf('efi', { size: 100 })])
    const next = (row: Partial<TestRow>) => {
      const run = reportOf([rowOf('efi', row)])
      const result = checkBudget(run, budget, report)
      report = withHistory({ ...run, budget: result }, report)
      return result.violations.map(({ measured, earlier }) => [measured, earlier])
    }
    expect(next({ size: 120 })).to.deep.equal([[120, 100]])
    expect(next({ size: 120 })).to.deep.equal([[120, 100]])
    expect(next({ size: 50, status: 'failed' })).to.deep.equal([])
    report = withHistory(reportOf([rowOf('iso')]), report)
    expect(next({ size: 110 })).to.deep.equal([])
    expect(next({ size: 122 })).to.deep.equal([[122, 110]])
  })

  it('tells which limits there was nothing to compare with', () => {
    const failed = reportOf([rowOf('efi', { status: 'failed' }), rowOf('linux'), rowOf('lxc')])
    const report = reportOf([rowOf('efi'), rowOf('linux', { status: 'hung' }), rowOf('lxc')])
    const budget = budgetOf({
      default: { size: '+10%' },
      rows: { iso: { size: 1 }, linux: { firstOutputMs: 1 } },
    })
    const { checked, unchecked, violations } = checkBudget(report, budget, failed)
    expect({ checked, violations }).to.deep.equal({ checked: 1, violations: [] })
    expect(unchecked.map(({ target, why }) => `${target}: ${why}`)).to.deep.equal([
      'efi: no earlier report has a figure to compare with',
      'linux: the row is hung',
      'iso: the row was not in this run',
    ])
  })

  it('is not kept by not measuring what it names', () => {
    const report = reportOf([rowOf('efi', { runs: [runOf({ instructions: undefined })] })])
    expect(texts(report, { default: { instructions: '1 M' } })).to.deep.equal([])
    expect(texts(report, { rows: { efi: { instructions: '1 M' } } })).to.deep.equal([
      'efi: instructions: not measured, and its limit is 1 M',
    ])
  })

  it('tells every mistake at once, with its path', () => {
    const wrong = (value: unknown) => {
      try {
        budgetOf(value)
      } catch (error) {
        return error as UserError
      }
      throw new Error('no error')
    }
    const { message, status, where } = wrong({
      defaults: {},
      default: { size: '10 ms', firstOutputMs: -1, firstResponse: 3 },
      rows: { efy: {}, iso: { size: ['1 MiB', '10%'] }, lxc: 7 },
      baseline: 1,
    })
    expect(message.split('\n  ').slice(1)).to.deep.equal([
      'defaults: no such name, did you mean default?',
      'rows.efy: no such name, did you mean efi?',
      'baseline: must be a path',
      'default.firstResponse: no such name, did you mean firstResponseMs?',
      'default.size: must be a number of bytes, "1.2 MiB", or relative: "+10%"',
      'default.firstOutputMs: must be a number of milliseconds, "150 ms", or relative: "+10%"',
      'rows.iso.size[1]: must be a number of bytes, "1.2 MiB", or relative: "+10%"',
      'rows.lxc: must be an object',
    ])
    expect(status).to.equal(2)
    expect(where).to.match(/budget\.json$/)
    expect(wrong('{').message).to.match(/^cannot read the budget: /)
  })

  it('has an example', () => {
    const budget = readBudget(join(packageRoot, 'examples/http/budget.json'), ['linux', 'qemu'])
    const report = reportOf([rowOf('linux', { size: 901 * KiB }), rowOf('qemu', { firstResponseMs: 60_001 })])
    expect(
      checkBudget(report, budget).violations.map(({ target, rule }) => `${target} ${rule}`),
    ).to.deep.equal(['linux 900 KiB', 'qemu 60 s'])
  })

  it('may name the report to compare with, beside itself', () => {
    const budget = budgetOf({ baseline: 'good/report.json' })
    expect(() => readBaseline(budget)).to.throw("the budget's baseline does not exist")
    mkdirSync(join(scratch(), 'good'))
    writeFileSync(join(scratch(), 'good/report.json'), reportJson(reportOf([rowOf('efi')])))
    expect(readBaseline(budget)?.rows[0]?.target).to.equal('efi')
  })
})
