import { expect } from 'chai'
import { failureText } from '../../../../boot/report/terminal/failure-text.js'
import { reportOf, rowOf, runOf } from '../../../helpers/test-report.js'

describe('failure text', () => {
  it('lets nothing through to a terminal that an app or a report has put into a reason, a title or a failure', () => {
    const hostile = '\x1b]0;owned\x07\x1b[2Jgone\x08'
    const tests = [{ title: hostile, status: 'failed' as const, milliseconds: 1, failure: hostile }]
    const told = { status: 'failed' as const, why: hostile, explanation: hostile, tests }
    const run = runOf({ ...told, repeat: hostile, commandLine: hostile, console: [{ text: hostile, at: 0 }] })
    const text = failureText(reportOf([rowOf('efi', { status: 'failed', runs: [run] })]))
    expect(text).to.include('gone')
    expect(text).not.to.match(/[^\P{Cc}\n\t]/u)
    expect(text).not.to.include('owned')
  })
})
