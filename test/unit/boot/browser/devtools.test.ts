import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import { connectDevtools } from '../../../../boot/browser/devtools.js'

describe('DevTools over pipes', () => {
  function connect() {
    const [commands, answers] = [new PassThrough(), new PassThrough()]
    const events: string[] = []
    return {
      commands,
      answers,
      events,
      devtools: connectDevtools(commands, answers, (event) => events.push(event.method)),
    }
  }

  it('finds the answer of each command, however the bytes are cut, and hands on what is none', async () => {
    const { commands, answers, events, devtools } = connect()
    const asked = [devtools.send('A'), devtools.send('B', { x: 1 }, 's')]
    expect(commands.read().toString()).to.equal(
      '{"id":1,"method":"A","params":{}}\0{"id":2,"method":"B","params":{"x":1},"sessionId":"s"}\0',
    )
    const text = '{"id":2,"result":{"y":"é"}}\0{"method":"E","params":{}}\0{"id":1,"result":{}}\0'
    for (const byte of Buffer.from(text)) answers.write(Buffer.of(byte))
    expect(await Promise.all(asked)).to.deep.equal([{}, { y: 'é' }])
    expect(events).to.deep.equal(['E'])
  })

  it('tells what failed, and that the browser has gone', async () => {
    const { answers, devtools } = connect()
    const [refused, lost] = [devtools.send('A'), devtools.send('B')].map((sent) =>
      sent.catch((error) => error.message),
    )
    answers.end('{"id":1,"error":{"message":"no such method"}}\0')
    answers.resume()
    expect(await refused).to.equal('A: no such method')
    expect(await lost).to.equal('B: the browser has gone')
  })
})
