import { expect } from 'chai'
import { createFirmwareFilter } from '../../../boot/firmware-text.js'

const firmware = { end: /starting (?!shell)[^\n]*\n/, failure: /starting shell/ }

function filtered(speaks: boolean, ...chunks: readonly string[]): { seen: string[]; failed: boolean } {
  const seen: string[] = []
  let failed = false
  const onFailure = () => {
    failed = true
  }
  const filter = createFirmwareFilter(speaks ? firmware : undefined, (text) => seen.push(text), onFailure)
  for (const chunk of chunks) filter.push(chunk)
  filter.end()
  return { seen, failed }
}

describe('firmware text', () => {
  it('is kept back up to its last line, however it is cut', () => {
    expect(filtered(true, 'logo\nstart', 'ing Boot1\nhel', 'lo\n').seen).to.deep.equal(['hel', 'lo\n'])
    expect(filtered(true, 'starting 1\n', 'starting shell\n')).to.deep.equal({
      seen: ['starting shell\n'],
      failed: false,
    })
  })

  it('ends where the kernel says that it has started, though its last line was lost', () => {
    const started = '\x1b]unik;start\x07'
    expect(filtered(true, `logo\nstar${started}hello\n`).seen).to.deep.equal([`${started}hello\n`])
    expect(filtered(true, 'logo\nstar\x1b]unik;', 'start\x07hello', '\n').seen.join('')).to.equal(
      `${started}hello\n`,
    )
    expect(filtered(true, `starting 1\n${started}hello\n`).seen.join('')).to.equal(`${started}hello\n`)
  })

  it('is shown at the end when the image never started, without what would clear a screen', () => {
    expect(filtered(true, '\x1b[2J\x1b[01;01H\x1b[=3hno bootable ', 'device\n').seen).to.deep.equal([
      'no bootable device\n',
    ])
  })

  it('tells of the failure at once', () => {
    expect(filtered(true, 'failed to load\nstarting ', 'shell')).to.deep.equal({
      seen: ['failed to load\nstarting shell\n'],
      failed: true,
    })
  })

  it('is not looked for where the firmware is silent', () => {
    expect(filtered(false, 'starting x\n').seen).to.deep.equal(['starting x\n'])
  })
})
