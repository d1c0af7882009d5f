// Runs a program to its end, line by line.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

// biome-ignore lint/suspicious/noControlCharactersInRegex: what our kernel tells `unik boot` stands between control characters
const record = /\x1b\]unik;[^\x07]*\x07/g

/** Gives all that it wrote; `onLine` gets each line of its standard output as it comes. After `limit` ms it is killed. */
export function runLines([program, ...args], limit, onLine = () => {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args.map(String), { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), limit)
    let output = ''
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`
      onLine(line.replaceAll(record, ''))
    })
    child.stderr.on('data', (piece) => {
      output += piece
    })
    child.on('error', reject)
    child.on('close', () => {
      clearTimeout(timer)
      resolve(output)
    })
  })
}
