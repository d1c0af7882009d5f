import { createConnection } from 'node:net'

/**
 * Gives QEMU one command over its machine protocol and resolves when it has been answered. QEMU speaks first; it drops what is
 * sent before its greeting, and a client that hangs up before the answer.
 */
export function qmp(socket: string, command: string, values?: object): Promise<void> {
  const send = [{ execute: 'qmp_capabilities' }, { execute: command, arguments: values }]
  return new Promise((resolve, reject) => {
    const connection = createConnection(socket)
    let text = ''
    // The machine may be gone before it answers; Linux then says so by a reset.
    connection.on('error', (error) => (send.length === 0 ? resolve() : reject(error)))
    connection.on('close', () => resolve())
    connection.on('data', (data) => {
      text += data.toString()
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 1)
        if (!/"(QMP|return|error)"/.test(line)) continue // an event
        const next = send.shift()
        if (next === undefined) connection.end()
        else connection.write(`${JSON.stringify(next)}\n`)
      }
    })
  })
}
