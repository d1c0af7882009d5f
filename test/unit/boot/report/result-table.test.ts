import { expect } from 'chai'
import { resultTable } from '../../../../boot/report/terminal/result-table.js'
import { reportOf, rowOf } from '../../../helpers/test-report.js'

describe('result table', () => {
  const rows = [
    rowOf('efi'),
    rowOf('iso', { status: 'hung', why: 'no response within 60 s', firstResponseMs: undefined }),
    rowOf('lxc', { layer: 'OS-level container', status: 'skipped', why: 'needs the package lxc' }),
  ]

  it('has a row a line below its layer, and says why rows did not pass', () => {
    expect(resultTable(reportOf(rows))).to.equal(
      [
        '  target  status              size  first output  first response',
        'OS image',
        '  efi     passed           812 KiB         41 ms          150 ms',
        '  iso     hung             812 KiB         41 ms',
        'OS-level container',
        '  lxc     skipped',
        '',
        'iso hung: no response within 60 s',
        'lxc skipped: needs the package lxc',
        '',
        '1 passed, 1 hung, 1 skipped in 1 min 2 s',
      ].join('\n'),
    )
  })

  it('leaves out columns that a narrow terminal has no room for', () => {
    const heads = (columns: number) => resultTable(reportOf(rows), { columns }).split('\n')[0]
    expect(heads(55)).to.equal('  target  status              size  first response')
    expect(heads(42)).to.equal('  target  status          first response')
    expect(heads(30)).to.equal('  target  status')
    for (const line of resultTable(reportOf(rows), { columns: 20 }).split('\n').slice(0, 6))
      expect(line.length, line).to.be.at.most(20)
  })

  it('tells what the budget found', () => {
    const what = 'size' as const
    const violations = [
      { target: 'efi', what, measured: 2048, limit: 1024, rule: '1 KiB', earlier: undefined },
    ]
    const unchecked = ['iso', 'lxc', 'a', 'b', 'c', 'd'].map((target) => ({
      target,
      what,
      rule: '+1%',
      why: 'no earlier report',
    }))
    const lines = (budget: Parameters<typeof reportOf>[1]) => resultTable(reportOf(rows, budget)).split('\n')
    expect(lines({ budget: { checked: 3, violations, unchecked } })).to.include.members([
      'budget: 1 exceeded, 3 limits checked',
      '  efi: size 2 KiB exceeds 1 KiB',
      '  not checked, no earlier report: iso size, lxc size, a size, b size, 2 more',
    ])
    expect(lines({ budget: { checked: 3, violations: [], unchecked: [] } })).to.include(
      'budget: kept, 3 limits checked',
    )
  })

  it('is coloured only where asked', () => {
    expect(resultTable(reportOf(rows))).not.to.contain('\x1b')
    expect(resultTable(reportOf(rows), { color: true })).to.contain('\x1b[32mpassed')
  })
})
