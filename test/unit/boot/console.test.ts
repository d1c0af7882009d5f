import { expect } from 'chai'
import { type ConsoleRecord, createConsole, createLineLog } from '../../../boot/console.js'

function feed(chunks: readonly string[]) {
  let text = ''
  const records: ConsoleRecord[] = []
  const console = createConsole(
    (piece) => {
      text += piece
    },
    (record) => records.push(record),
  )
  for (const chunk of chunks) console.push(chunk)
  console.end()
  return { text, records }
}

describe('console', () => {
  const stream = 'hello\n\x1b]unik;listen=8080\x07world\n\x1b]unik;exit=3\x07'

  it("takes the kernel's records out of what a person sees", () => {
    expect(feed([stream])).to.deep.equal({
      text: 'hello\nworld\n',
      records: [
        { key: 'listen', value: '8080' },
        { key: 'exit', value: '3' },
      ],
    })
  })

  it('gives the same result however the stream is cut', () => {
    for (let at = 0; at <= stream.length; at++)
      expect(feed([stream.slice(0, at), stream.slice(at)])).to.deep.equal(feed([stream]))
    expect(feed([...stream])).to.deep.equal(feed([stream]))
  })

  it('passes other escape sequences and unfinished records on', () => {
    expect(feed(['\x1b[31mred\x1b[0m \x1b]unik;exit=']).text).to.equal('\x1b[31mred\x1b[0m \x1b]unik;exit=')
  })

  it('does not hold output back for a record that never ends', () => {
    const endless = `\x1b]unik;${'x'.repeat(10_000)}`
    expect(feed([endless, 'more']).text).to.equal(`${endless}more`)
  })

  it('notes when each line began to arrive', () => {
    let now = 1
    const log = createLineLog(() => now)
    log.push('a')
    now = 2
    log.push('b\nc')
    expect(log.lines()).to.deep.equal([
      { text: 'ab', at: 1 },
      { text: 'c', at: 2 },
    ])
  })
})
