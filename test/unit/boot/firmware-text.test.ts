import { expect } from 'chai'
import { createFirmwareFilter } from '../../../boot/firmware-text.js'

function filtered(end: RegExp | undefined, ...chunks: readonly string[]): string[] {
  const seen: string[] = []
  const filter = createFirmwareFilter(end, (text) => seen.push(text))
  for (const chunk of chunks) filter.push(chunk)
  filter.end()
  return seen
}

describe('firmware text', () => {
  const end = /starting [^\n]*\n/

  it('is kept back up to its last line, however it is cut', () => {
    expect(filtered(end, 'logo\nstart', 'ing Boot1\nhel', 'lo\n')).to.deep.equal(['hel', 'lo\n'])
    expect(filtered(end, 'starting Boot1\n', 'starting the app\n')).to.deep.equal(['starting the app\n'])
  })

  it('is shown at the end when the image never started', () => {
    expect(filtered(end, 'no bootable ', 'device\n')).to.deep.equal(['no bootable device\n'])
  })

  it('is not looked for where the firmware is silent', () => {
    expect(filtered(undefined, 'starting x\n')).to.deep.equal(['starting x\n'])
  })
})
