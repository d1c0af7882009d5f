import { expect } from 'chai'
import { transferOverBadWire } from '../helpers/bad-wire.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needTaps } from '../helpers/taps.js'

describe('a wire that loses 5 % of all frames, doubles, delays and damages others', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()

  // scripts/bad-wire.mjs does the same with a GiB.
  it('16 MiB out and in, each word checked', async function () {
    needTaps(this)
    const faults = { loss: 50, duplication: 10, reordering: 20, damage: 5 }
    const text = await transferOverBadWire(scratch(), 16, faults, 110_000)
    expect(text).to.include('all of it is right')
    const [, lost, doubled, late, damaged] =
      /(\d+) lost, (\d+) doubled, (\d+) late, (\d+) damaged/.exec(text) ?? []
    expect(Number(lost), text).to.be.greaterThan(500)
    for (const fault of [doubled, late, damaged]) expect(Number(fault), text).to.be.greaterThan(50)
  })
})
