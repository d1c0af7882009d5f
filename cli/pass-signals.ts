import { readFileSync } from 'node:fs'
import type { Guest } from '../boot/boot.js'

/**
 * While a guest runs, Ctrl-C goes to it, SIGTERM is its platform's shutdown, and what is typed is its input. The same signal a
 * second time ends it at once, as does a shutdown that it does not follow. Returns what undoes this.
 */
export function passSignals(guest: Guest): () => void {
  let patience: NodeJS.Timeout | undefined
  const shutdown = () => {
    patience = setTimeout(guest.kill, shutdownLimit)
    void guest.shutdown().catch(guest.kill)
  }
  const handlers = {
    SIGINT: firstThenKill(guest, guest.interrupt),
    SIGTERM: firstThenKill(guest, shutdown),
  }
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler)
  const stopInput = passInput(guest)
  return () => {
    for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler)
    clearTimeout(patience)
    stopInput()
  }
}

/** Milliseconds, as container runtimes give. */
const shutdownLimit = 10_000

function firstThenKill(guest: Guest, first: () => void): () => void {
  let count = 0
  return () => {
    count++
    if (count === 1) first()
    else guest.kill()
  }
}

function passInput(guest: Guest): () => void {
  if (inBackground()) return () => {}
  const onInput = (data: Buffer) => guest.write(data)
  const onEnd = () => guest.endInput()
  const { stdin } = process
  stdin.on('data', onInput)
  stdin.on('end', onEnd)
  stdin.on('error', onEnd)
  stdin.unref?.()
  return () => {
    stdin.off('data', onInput)
    stdin.off('end', onEnd)
    stdin.pause()
  }
}

// `unik boot &` in an interactive shell: reading the terminal would stop us (SIGTTIN). proc(5): pgrp and tpgid are fields 5 and 8 of stat,
// the second of which, a name in parentheses, may hold spaces.
function inBackground(): boolean {
  if (!process.stdin.isTTY || process.platform !== 'linux') return false
  const fields = readFileSync('/proc/self/stat', 'utf8').replace(/^.*\)/s, '').trim().split(' ')
  return fields[2] !== fields[5]
}
