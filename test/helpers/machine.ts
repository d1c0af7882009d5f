import { existsSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { start } from '../../base/run.js'

/** A guest that runs beside the test. */
export interface Machine {
  /** All that the machine has written so far: the guest's serial line, and QEMU's own messages. */
  text(): string
  /** Waits until the text holds `what` after position `from`; returns the position behind it. */
  says(what: string, from?: number): Promise<number>
  /** Gives QEMU's monitor a command; its answer. */
  monitor(command: string): Promise<string>
  kill(): Promise<void>
}

const prompt = '(qemu) '

/** Starts `qemu-system-x86_64` under software emulation; `socket` is where its monitor shall listen. */
export async function startMachine(
  args: readonly string[],
  socket: string,
  serial: 'stdio' | 'none' = 'stdio',
): Promise<Machine> {
  const common = ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', serial]
  // A place for a second processor: see docs/hardware.md.
  const smp = ['-smp', '1,maxcpus=2']
  const control = ['-monitor', `unix:${socket},server=on,wait=off`]
  const qemu = await start('qemu-system-x86_64', [...common, ...control, ...smp, '-accel', 'tcg', ...args])
  let text = ''
  for (const stream of [qemu.stdout, qemu.stderr])
    stream.on('data', (piece: Buffer) => {
      text += piece.toString('latin1')
    })
  return {
    text: () => text,
    says: async (what, from = 0) => {
      const end = performance.now() + 40_000
      for (;;) {
        const at = text.indexOf(what, from)
        if (at >= 0) return at + what.length
        if (performance.now() > end) throw new Error(`the guest did not say "${what}":\n${text.slice(from)}`)
        await pause(10)
      }
    },
    monitor: async (command) => {
      while (!existsSync(socket)) await pause(10)
      return await new Promise<string>((resolve, reject) => {
        const connection = connect(socket)
        let answer = ''
        connection.on('error', reject)
        connection.on('data', (piece: Buffer) => {
          const asked = answer.includes(prompt)
          answer += piece.toString()
          if (!asked && answer.includes(prompt)) connection.write(`${command}\n`)
          if (answer.split(prompt).length > 2) connection.end() // the command is done
        })
        connection.on('close', () => resolve(answer.split(prompt)[1] ?? ''))
      })
    },
    kill: async () => {
      qemu.kill('SIGKILL')
      await qemu.ended
    },
  }
}

/** Whether an HTTP server answers within so many milliseconds: asked on new connections, since one made too early is lost. */
export async function answersWithin(origin: string, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds
  while (performance.now() < end)
    try {
      await ask(origin, undefined, Math.min(300, milliseconds))
      return true
    } catch {
      await pause(20)
    }
  return false
}

/** The text of an HTTP answer with status 200. */
export function ask(url: string, agent?: Agent, timeout = 10_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { ...(agent === undefined ? {} : { agent }), timeout }
    const request = get(url, options, (response) => {
      let text = ''
      response.on('data', (piece: Buffer) => {
        text += piece
      })
      response.on('end', () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`status ${response.statusCode}`)),
      )
      response.on('error', reject)
    })
    request.on('timeout', () => request.destroy(new Error(`no answer from ${url} in ${timeout} ms`)))
    request.on('error', reject)
  })
}

/**
 * `requests` requests for /?n=NUMBER over so many connections at once, each to be answered with `hello NUMBER`. The connections are
 * made one after another: QEMU's user network holds one that waits, and the host tries again a second later.
 */
export async function askMany(origin: string, requests: number, connections: number): Promise<void> {
  const agents = Array.from({ length: connections }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  const check = async (n: number, agent: Agent) => {
    const answer = await ask(`${origin}/?n=${n}`, agent)
    if (answer !== `hello ${n}`) throw new Error(`"${answer}" instead of "hello ${n}"`)
  }
  try {
    for (const [i, agent] of agents.entries()) await check(i, agent)
    const client = async (agent: Agent, first: number) => {
      for (let n = first + connections; n < requests; n += connections) await check(n, agent)
    }
    await Promise.all(agents.map(client))
  } finally {
    for (const agent of agents) agent.destroy()
  }
}
