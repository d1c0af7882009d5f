import { expect } from 'chai'
import { type Ending, judge } from '../../../boot/verdict.js'

const ending = (found: Partial<Ending>): Ending => ({
  exitRecord: undefined,
  panic: undefined,
  hung: false,
  killed: false,
  ...found,
})
const clean = { exitCode: 0, signal: undefined }

describe('verdict', () => {
  it("of a machine is the kernel's last record, whatever the emulator's own status", () => {
    expect(judge('serial', ending({ exitRecord: 200 }), clean)).to.deep.equal({
      verdict: 'exited',
      status: 200,
    })
    expect(judge('serial', ending({ exitRecord: 0 }), { exitCode: 1, signal: undefined }).status).to.equal(0)
  })

  it('of a machine that stops without a record is never success', () => {
    expect(judge('serial', ending({}), clean)).to.deep.equal({ verdict: 'panicked', status: 134 })
    expect(judge('serial', ending({}), { exitCode: 1, signal: undefined })).to.deep.equal({
      verdict: 'failed to start',
      status: 125,
    })
  })

  it('tells hung and panicked from everything else', () => {
    expect(judge('serial', ending({ hung: true, exitRecord: 0 }), clean).status).to.equal(124)
    expect(judge('serial', ending({ panic: '0,1', exitRecord: 134 }), clean)).to.deep.equal({
      verdict: 'panicked',
      status: 134,
    })
  })

  it('of a process is its own status, or 128 + signal', () => {
    expect(judge('process', ending({}), { exitCode: 7, signal: undefined }).status).to.equal(7)
    expect(judge('process', ending({}), { exitCode: undefined, signal: 'SIGTERM' }).status).to.equal(143)
  })
})
