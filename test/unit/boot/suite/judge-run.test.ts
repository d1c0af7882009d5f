import { expect } from 'chai'
import { Unavailable } from '../../../../base/unavailable.js'
import { UserError } from '../../../../base/user-error.js'
import type { TestResult } from '../../../../boot/report/test-report.js'
import { judgeRun, type LifeFacts, type RunFacts } from '../../../../boot/suite/judge-run.js'

const test = (status: TestResult['status'], failure?: string): TestResult => ({
  ...{ title: `one that ${status}`, status, milliseconds: 1, failure },
})
const life = (changes: Partial<LifeFacts> = {}): LifeFacts => ({
  ...{ report: undefined, answered: true, asked: 'any' },
  ...changes,
})
const report = (verdict: NonNullable<LifeFacts['report']>['verdict'], status: number, panic?: string) => ({
  ...{ verdict, status, panic },
})
const good: RunFacts = {
  ...{ startError: undefined, hung: undefined, serves: true, loadError: undefined },
  lives: [life({ report: report('killed', 137) })],
  tests: [test('passed'), test('skipped')],
}

// The verdict follows from what was seen, and from nothing else.
describe('judgeRun', () => {
  const cases: Readonly<Record<string, [Partial<RunFacts>, status: string, why?: RegExp]>> = {
    'all that ran passed': [{}, 'passed'],
    'one failed': [
      { tests: [test('passed'), test('failed', 'Error: no\n at x')] },
      'failed',
      /^one that failed: Error: no$/,
    ],
    'two failed': [{ tests: [test('failed', 'a'), test('failed', 'b')] }, 'failed', /^2 of 2 tests failed: /],
    'there is no test': [{ tests: [] }, 'failed', /no test/],
    'every test was skipped': [{ tests: [test('skipped')] }, 'failed', /every test .* skipped/],
    'the suite cannot be loaded': [{ tests: [], loadError: 'Error: bad\n at y' }, 'failed', /^Error: bad$/],
    'it ended by itself': [
      { lives: [life({ report: report('exited', 0), asked: undefined })] },
      'failed',
      /ended by itself with status 0/,
    ],
    'a script ended by itself with 0': [
      { serves: false, lives: [life({ report: report('exited', 0), asked: undefined, answered: false })] },
      'passed',
    ],
    'a script ended by itself with 3': [
      { serves: false, lives: [life({ report: report('exited', 3), asked: undefined, answered: false })] },
      'failed',
      /status 3/,
    ],
    'it stopped when a test told it to': [
      { lives: [life({ report: report('exited', 143), asked: 'stop' })] },
      'passed',
    ],
    'it crashed when a test told it to stop': [
      { lives: [life({ report: report('exited', 139), asked: 'stop' })] },
      'failed',
      /ended when told to stop with status 139/,
    ],
    'a script was seen to end with 3': [
      { serves: false, lives: [life({ report: report('exited', 3), answered: false })] },
      'passed',
    ],
    'a wait ran out in silence': [{ hung: 'silent', tests: [test('failed', 'x')] }, 'hung', /^silent$/],
    'the kernel panicked, so that tests failed and it did not start again': [
      {
        lives: [life({ report: report('panicked', 134, '0,1') })],
        startError: new Error('x'),
        tests: [test('failed', 'x')],
      },
      'panicked',
      /kernel panicked/,
    ],
    'the machine was reset': [
      { lives: [life({ report: report('panicked', 134) })] },
      'panicked',
      /without a word/,
    ],
    'firmware gave up': [
      { lives: [life({ report: report('failed to start', 125) })] },
      'did not start',
      /without ever running the kernel/,
    ],
    'a file was refused': [{ lives: [], startError: new UserError('damaged') }, 'did not start', /^damaged$/],
    'a server ended before it answered': [
      { lives: [life({ report: report('exited', 1), answered: false, asked: undefined })] },
      'did not start',
      /status 1 before it answered/,
    ],
    'its loader is missing': [
      { serves: false, lives: [life({ report: report('exited', 127), answered: false })] },
      'did not start',
      /could not be run \(status 127\)/,
    ],
    'a program is missing': [
      { lives: [], startError: new Unavailable('the package runc', 'runc is not installed') },
      'skipped',
      /^needs the package runc: runc is not installed$/,
    ],
  }
  for (const [name, [changes, status, why]] of Object.entries(cases))
    it(`${name}: ${status}`, () => {
      const judged = judgeRun({ ...good, ...changes })
      expect(judged.status).to.equal(status)
      if (why === undefined) expect(judged.why).to.equal(undefined)
      else expect(judged.why).to.match(why)
    })
})
