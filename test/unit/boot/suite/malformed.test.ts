import { expect } from 'chai'
import { freePort } from '../../../../boot/ports.js'
import { sendRaw } from '../../../../boot/suite/malformed.js'

describe('sendRaw', () => {
  it('fails when nobody listens: that is no way to refuse a request', async () => {
    const origin = `http://127.0.0.1:${await freePort()}`
    const error: Error | undefined = await sendRaw(origin, 'GET\r\n\r\n').then(
      () => undefined,
      (reason) => reason,
    )
    expect(error?.message).to.match(/ECONNREFUSED/)
  })
})
