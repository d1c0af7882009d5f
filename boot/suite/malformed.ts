import { connect } from 'node:net'

/** Refused, by a status or by hanging up. */
const refused = /^$|^HTTP\/1\.[01] 4\d\d /
/** How much a header may hold is the server's own choice. */
const refusedOrServed = /^$|^HTTP\/1\.[01] [234]\d\d /

/** Requests that no client sends, and what a server may say to them. */
export const malformed: readonly (readonly [what: string, bytes: string, answer: RegExp])[] = [
  ['bytes that are no HTTP', '\x16\x03\x01\x00\x00\xff\xfe\r\n\r\n', refused],
  ['a request line without a target', 'GET\r\n\r\n', refused],
  ['a header line without a colon', 'GET / HTTP/1.1\r\nhost: unik\r\nno colon\r\n\r\n', refused],
  [
    'a header of 256 KiB',
    `GET / HTTP/1.1\r\nhost: unik\r\nx: ${'y'.repeat(256 * 1024)}\r\n\r\n`,
    refusedOrServed,
  ],
  ['a length that is no number', 'POST / HTTP/1.1\r\nhost: unik\r\ncontent-length: -1\r\n\r\n', refused],
  ['two lengths', 'POST / HTTP/1.1\r\nhost: unik\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', refused],
]

/** What comes back until the other side hangs up, or has said something and then nothing for a second. */
export function sendRaw(origin: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    let text = ''
    let quiet: NodeJS.Timeout | undefined
    const finish = () => {
      clearTimeout(quiet)
      socket.destroy()
      resolve(text)
    }
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'))
    socket.on('data', (data) => {
      text += data.toString('latin1')
      clearTimeout(quiet)
      quiet = setTimeout(finish, 1000)
    })
    socket.on('error', (error) => {
      if (socket.bytesWritten === 0) reject(error)
    }) // later, a reset is a way to hang up
    socket.on('close', finish)
  })
}
