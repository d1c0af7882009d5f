import { relative } from 'node:path'
import { expect } from 'chai'
import { UserError } from '../../../base/user-error.js'
import { describeWarning, type Problem, problemsError, stopAtProblems } from '../../../compiler/problem.js'

const root = '/project'
const shown = relative(process.cwd(), '/project/src/a.ts')
const problem = (text: string, line = 1): Problem => ({
  text,
  at: { file: 'src/a.ts', line, column: 3, length: 2, source: 'a bc\nd ef' },
  hint: `avoid ${text}`,
})

describe('problemsError', () => {
  it('tells one problem as message, place, hint and code frame', () => {
    const error = problemsError([problem('x')], root)
    expect(error).to.be.instanceOf(UserError)
    expect(error).to.include({ message: 'x', where: `${shown}:1:3`, hint: 'avoid x', status: 1 })
    expect(error.detail).to.equal('> 1 | a bc\n    |   ^^\n  2 | d ef')
  })

  it('tells several at once, each with place, frame and hint', () => {
    const { message, detail } = problemsError([problem('x'), problem('y', 2), { text: 'z' }], root)
    expect(message).to.equal('x (the first of 3 problems)')
    expect(detail?.split('\n\n')).to.have.length(3)
    expect(detail)
      .to.contain(`${shown}:2:3: y\n`)
      .and.to.contain('    avoid y')
      .and.to.match(/\n\nz$/)
  })

  it('does not flood the terminal', () => {
    const { detail } = problemsError(
      Array.from({ length: 50 }, (_, i) => problem(String(i))),
      root,
    )
    expect(detail?.split('\n\n')).to.have.length(21)
    expect(detail).to.match(/and 30 more$/)
  })
})

describe('stopAtProblems', () => {
  it('returns when there is none', () => {
    stopAtProblems([], root)
    expect(() => stopAtProblems([problem('x')], root)).to.throw(UserError)
  })
})

describe('describeWarning', () => {
  it('is one line', () => {
    expect(describeWarning(problem('x'), root)).to.equal(`${shown}:1:3: x`)
    expect(describeWarning({ text: 'x' }, root)).to.equal('x')
  })
})
