import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  bytesOf,
  contentOf,
  hashOf,
  keepContent,
  sha256Of,
  writeContent,
} from '../../../../targets/formats/content.js'
import { scratchFolder } from '../../../helpers/scratch.js'

const part = (length: number, byte: number) => new Uint8Array(length).fill(byte)

describe('content', () => {
  const scratch = scratchFolder()

  it('is its pieces, one after another, as often as it is read', () => {
    const content = contentOf([part(3, 1), contentOf([part(2, 2), part(0, 9)]), part(1, 3)])
    expect(content.length).to.equal(6)
    for (let time = 0; time < 2; time++) expect([...bytesOf(content)]).to.deep.equal([1, 1, 1, 2, 2, 3])
    const file = join(scratch(), 'written')
    writeContent(file, content)
    expect([...readFileSync(file)]).to.deep.equal([1, 1, 1, 2, 2, 3])
    expect(sha256Of(content)).to.equal(createHash('sha256').update(bytesOf(content)).digest('hex'))
    expect(hashOf('md5', part(3, 1), contentOf([part(3, 2)])).digest('hex')).to.equal(
      createHash('md5')
        .update(Uint8Array.of(1, 1, 1, 2, 2, 2))
        .digest('hex'),
    )
  })

  it('is kept when it is made, in memory or, when it is large, outside', () => {
    for (const parts of [0, 3, 40]) {
      let made = 0
      const content = keepContent(
        (function* () {
          for (let at = 0; at < parts; at++, made++) yield part(1_000_000, at)
        })(),
      )
      const expected = createHash('sha256')
      for (let at = 0; at < parts; at++) expected.update(part(1_000_000, at))
      expect(content.length).to.equal(parts * 1_000_000)
      expect([sha256Of(content), sha256Of(content)]).to.deep.equal(Array(2).fill(expected.digest('hex')))
      expect(made).to.equal(parts)
    }
  })
})
