import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect } from 'chai'
import { checkPort, freePort } from '../../../boot/ports.js'

describe('freePort', () => {
  it('gives one that can be listened on, and that no outgoing connection takes', async () => {
    const port = await freePort()
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    const error = await checkPort(port).catch((error: Error) => error)
    server.close()
    expect(error).to.be.an('error').with.property('message', `port ${port} of 127.0.0.1 is in use`)
    if (process.platform !== 'linux') return
    const [first = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
      .split(/\s+/)
      .map(Number)
    expect(port).to.be.lessThan(first)
  })
})
