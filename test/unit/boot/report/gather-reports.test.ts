import { expect } from 'chai'
import { gatherReports } from '../../../../boot/report/gather-reports.js'
import { digest, reportOf, rowOf, runOf } from '../../../helpers/test-report.js'

describe('reports of several jobs', () => {
  const expected = ['efi', 'iso', 'raw'].map((target) => ({ ...rowOf(target), ways: [''] }))
  const source = (file: string, ...targets: string[]) => ({
    file,
    report: reportOf(targets.map((target) => rowOf(target))),
  })

  it('become one, its rows in the order of the table', () => {
    const gathered = gatherReports([source('b', 'raw', 'efi'), source('a', 'iso')], expected)
    expect(gathered.rows.map(({ target, status }) => `${target} ${status}`)).to.deep.equal([
      'efi passed',
      'iso passed',
      'raw passed',
    ])
    expect(gathered).to.include({ app: 'http', appSha256: digest('a'), bundleSha256: digest('b') })
  })

  it('take as long as the longest, and end with the last', () => {
    const slow = reportOf([rowOf('efi')], { milliseconds: 90_000, endedAt: '2026-01-01T00:00:02Z' })
    const fast = reportOf([rowOf('iso')], { milliseconds: 10_000, endedAt: '2026-01-01T00:00:01Z' })
    expect(
      gatherReports(
        [
          { file: 'a', report: slow },
          { file: 'b', report: fast },
        ],
        expected,
      ),
    ).to.include({ milliseconds: 90_000, endedAt: '2026-01-01T00:00:02Z' })
  })

  it('show a row without one as not started', () => {
    const { rows } = gatherReports([source('a', 'efi', 'raw')], expected)
    expect(rows[1]).to.include({
      target: 'iso',
      status: 'did not start',
      why: 'its job gave no report',
      appSha256: digest('a'),
    })
  })

  it('do not pass a row that was started in some of its ways only, or not at all', () => {
    const ways = ['BIOS', 'UEFI']
    const whole = rowOf('raw', { runs: ways.map((name) => runOf({ name })) })
    const half = rowOf('raw', { runs: [runOf({ name: 'BIOS' })] })
    const [told, toldNone, good] = [half, rowOf('raw', { runs: [] }), whole].map(
      (row) => gatherReports([{ file: 'a', report: reportOf([row]) }], [{ ...row, ways }]).rows[0],
    )
    expect(told).to.include({ status: 'did not start', why: 'it was not run as UEFI' })
    expect(toldNone).to.include({ status: 'did not start', why: 'it was not run as BIOS' })
    expect(good).to.include({ status: 'passed' })
  })

  it('may not hold a row twice', () => {
    const twice = () => gatherReports([source('a', 'efi'), source('b', 'iso', 'efi')], expected)
    expect(twice).to.throw('efi was tested twice, in a and b')
  })

  it('may not hold a row that is no artefact', () => {
    const stranger = () => gatherReports([source('a', 'qemu')], expected)
    expect(stranger).to.throw('qemu was tested and is not among the artefacts').with.property('where', 'a')
  })

  it('must be of one app, which is that of the artefacts', () => {
    const other = { file: 'b', report: reportOf([rowOf('iso', { appSha256: digest('c') })]) }
    expect(() => gatherReports([source('a', 'efi'), other], expected)).to.throw(
      `not of one build: the app of the artefact efi is ${digest('a')}, that of iso in b is ${digest('c')}`,
    )
    const { report } = source('a', 'efi')
    const bundle = { file: 'b', report: { ...reportOf([]), bundleSha256: digest('d') } }
    expect(() => gatherReports([{ file: 'a', report }, bundle], expected)).to.throw(
      `the bundle of a is ${digest('b')}, that of b is ${digest('d')}`,
    )
  })
})
