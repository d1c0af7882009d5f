import { expect } from 'chai'
import { createTimeline, timelineText } from '../../../boot/timeline.js'
import { timelineHtml } from '../../../boot/timeline-html.js'

function timelineOf(...records: readonly (readonly [string, string])[]) {
  const timeline = createTimeline()
  for (const [key, value] of records) timeline.push({ key, value })
  return timeline
}

describe('boot timeline', () => {
  const marks = [
    ['mark', 'kernel,2000000,0'],
    ['mark', 'devices,5000000,1000000'],
    ['mark', 'response,9000000,1000000'],
  ] as const

  it('tells what came before the kernel from the counter that began with the reset', () => {
    const phases = timelineOf(['clock', '1000000000,30000000,10000000'], ...marks).phases()
    expect(phases).to.deep.equal([
      { name: 'firmware', start: 0, end: 10, idle: 0 },
      { name: 'loader', start: 10, end: 30, idle: 0 },
      { name: 'kernel: memory map, page tables', start: 30, end: 32, idle: 0 },
      { name: 'kernel: devices', start: 32, end: 35, idle: 1 },
      { name: 'first request to first response', start: 35, end: 39, idle: 0 },
    ])
  })

  it('knows no loader where there was none, and nothing before the kernel has told', () => {
    expect(timelineOf(['listen', '80']).phases()).to.deep.equal([])
    expect(timelineOf(['clock', '1000000000,30000000,0'], ...marks).phases()[0]?.end).to.equal(30)
    expect(timelineOf(...marks).answered()).to.equal(true)
    expect(timelineOf(marks[0]).answered()).to.equal(false)
  })

  it('passes over a record that was damaged on its way', () => {
    const damaged = ['mark', 'listen,5200000\x1b]unik;mark=request,8000000,0'] as const
    const phases = timelineOf(['clock', '1000000000,30000000,0'], marks[0], damaged, marks[2]).phases()
    expect(phases.map(({ name, end }) => [name, end]).slice(1)).to.deep.equal([
      ['kernel: memory map, page tables', 32],
      ['first request to first response', 39],
    ])
  })

  it('is a table with a bar a phase', () => {
    const text = timelineText(timelineOf(['clock', '1000000000,30000000,0'], ...marks).phases())
    const lines = text.split('\n')
    expect(lines).to.have.length(5)
    expect(lines[3]).to.match(/^kernel: devices +35\.0 +3\.000 +1\.000 waiting +#+$/)
  })

  it('is drawn on a page of its own', () => {
    const html = timelineHtml('a <b>', timelineOf(['clock', '1000000000,30000000,0'], ...marks).phases())
    expect(html)
      .to.contain('<title>a &#60;b&#62;')
      .and.not.match(/https?:/)
    expect(html.match(/<rect/g)).to.have.length(5) // four phases, one of which waited
  })
})
