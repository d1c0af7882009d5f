import { expect } from 'chai'
import type { RowStatus, TestRun } from '../../../../boot/report/test-report.js'
import { worstOf } from '../../../../boot/suite/worst.js'

describe('worstOf', () => {
  const run = (name: string, status: RowStatus) =>
    ({ name, status, why: status === 'passed' ? undefined : 'x' }) as TestRun

  it('a row passes only when each of its runs did', () => {
    expect(worstOf([run('BIOS', 'passed'), run('UEFI', 'passed')])).to.deep.equal({
      status: 'passed',
      why: undefined,
    })
    expect(worstOf([run('BIOS', 'passed'), run('UEFI', 'skipped')])).to.deep.equal({
      status: 'skipped',
      why: 'UEFI: x',
    })
    expect(worstOf([]).status).to.equal('failed')
  })

  it('a panic says more than what follows from it', () => {
    const all: RowStatus[] = ['passed', 'skipped', 'failed', 'hung', 'did not start', 'panicked']
    for (let worst = 1; worst < all.length; worst++)
      expect(worstOf(all.slice(0, worst + 1).map((status) => run('', status))).status).to.equal(all[worst])
  })
})
