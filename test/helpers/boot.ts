import { tmpdir } from 'node:os'
import { type BootRequest, type BootSession, type EndReport, startBoot } from '../../cli/boot-session.js'

/** What a guest wrote and how it ended. */
export interface GuestResult {
  readonly text: string
  readonly report: EndReport
}

type Changes = Partial<BootRequest>

/** Starts a guest under software emulation with the defaults of `unik boot`. */
export function startGuest(changes: Changes): Promise<BootSession> {
  return startBoot({
    subject: undefined,
    target: undefined,
    output: changes.output ?? tmpdir(),
    cwd: process.cwd(),
    env: {},
    args: [],
    memory: undefined,
    ports: [],
    accel: 'tcg',
    timeout: 30,
    kernelWords: [],
    ...changes,
  })
}

/** Runs a guest to its end; ended by force after `limit` milliseconds, which the verdict then says. */
export async function runGuest(changes: Changes, limit = 30_000): Promise<GuestResult> {
  let text = ''
  const session = await startGuest({
    ...changes,
    onText: (piece, stream) => {
      text += piece
      changes.onText?.(piece, stream)
    },
  })
  const timer = setTimeout(() => session.guest.kill(), limit)
  const report = await session.ended
  clearTimeout(timer)
  return { text, report }
}
