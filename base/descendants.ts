import { readdirSync, readFileSync } from 'node:fs'

/** Process ids of everything that a process has started and that still runs, deepest last; empty where there is no /proc. */
export function descendants(pid: number): number[] {
  if (pid === 0) return []
  const children = new Map<number, number[]>()
  for (const [child, parent] of processes()) children.set(parent, [...(children.get(parent) ?? []), child])
  const found: number[] = []
  for (let queue = [pid]; queue.length > 0; ) {
    queue = queue.flatMap((parent) => children.get(parent) ?? [])
    found.push(...queue)
  }
  return found
}

/** Ends processes at once; one that has ended by now is none the worse. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids)
    try {
      process.kill(pid, 'SIGKILL')
    } catch {}
}

// proc(5): ppid is the second field of stat behind the name, which stands in parentheses and may hold spaces.
function processes(): [pid: number, parent: number][] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const parent = parentOf(name)
        return parent === undefined ? [] : [[Number(name), parent]]
      })
  } catch {
    return []
  }
}

function parentOf(pid: string): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return Number(fields[1])
  } catch {
    return undefined // it has ended since
  }
}
