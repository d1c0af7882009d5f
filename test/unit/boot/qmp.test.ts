import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { qmp } from '../../../boot/qmp.js'
import { scratchFolder } from '../../helpers/scratch.js'

describe('QEMU machine protocol', () => {
  const scratch = scratchFolder()
  let server: Server | undefined
  afterEach(() => void server?.close())

  it('a machine that goes off at the command counts as having obeyed', async function () {
    if (process.platform === 'win32') this.skip() // there sockets of this kind have another name
    const socket = await serve((connection) => {
      connection.write('{"QMP": {}}\n{"return": {}}\n')
      setTimeout(() => connection.destroy(), 100) // with all that it was sent unread, which resets the connection
    })
    await qmp(socket, 'system_powerdown')
  })

  it('a machine that is not there is an error', async () => {
    const error = await qmp(join(scratch(), 'nobody'), 'quit').then(
      () => undefined,
      (reason: Error) => reason,
    )
    expect(error?.message).to.match(/ENOENT/)
  })

  async function serve(onConnection: (socket: Socket) => void): Promise<string> {
    const path = join(scratch(), 'socket')
    server = createServer({ pauseOnConnect: true }, onConnection)
    await new Promise<void>((resolve) => server?.listen(path, resolve))
    return path
  }
})
