import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../base/package-root.js'
import { run } from '../../base/run.js'
import { freePort } from '../../boot/ports.js'
import { firstResponse } from '../../boot/probe.js'
import { type Bootable, linkBootable } from '../../linker/link-bootable.js'
import { rootfsWith, runMachine } from '../helpers/bootable.js'

export interface FailingImage {
  readonly path: string
  /** The nearest name below an address that the kernel told. */
  nameOf(address: string): string
}

/** What became of a run of which one allocation failed. */
export interface Outcome {
  /**
   * unreached: the run had no such allocation. bore: it ended as if nothing were. told: it ended with a status of its own, or the
   * kernel said that it cannot go on. broke: anything else: a fault in the kernel, an invariant that does not hold, a hang, a reset.
   */
  readonly kind: 'unreached' | 'bore' | 'told' | 'broke'
  /** The allocation that failed, with names. */
  readonly where: string
  readonly text: string
}

const DRIVERS = ['serial_16550', 'keyboard_reset', 'virtio_net', 'virtio_rng']
const MACHINE = ['-M', 'microvm,x-option-roms=off,isa-serial=on,rtc=on', '-cpu', 'max', '-m', '64']

/** A bootable of this program (as in `bootableWith`) with the failing kernel. */
export async function failingImage(
  runtime: Pick<Bootable, 'kernel' | 'vdso'>,
  folder: string,
  init: string,
): Promise<FailingImage> {
  const rootfs = [await rootfsWith({ folder, init })]
  const image = linkBootable({ ...runtime, drivers: DRIVERS, rootfs, commandLine: 'nokaslr' })
  const path = join(folder, 'failing.elf')
  writeFileSync(path, image.bytes)
  const functions = image.symbols.filter(({ type }) => type === 'function')
  return {
    path,
    nameOf(address) {
      const at = BigInt(`0x${address}`)
      const found = functions.findLast((symbol) => symbol.address <= at)
      return found && at < found.address + BigInt(found.size) ? found.name : address
    },
  }
}

/** Boots the program once with these words for the kernel (`fail-stack=7`), to its end. */
export async function runProgram(image: FailingImage, words: string, seconds: number): Promise<Outcome> {
  return judge(image, await runMachine([...MACHINE, '-kernel', image.path, '-append', words], seconds * 1000))
}

/** As `runProgram`, for a server that ends with status 0 soon after it has answered one request. */
export async function runServer(image: FailingImage, words: string, seconds: number): Promise<Outcome> {
  const port = await freePort()
  const forward = `user,id=n,hostfwd=tcp:127.0.0.1:${port}-:8080`
  const devices = [
    '-netdev',
    forward,
    '-device',
    'virtio-net-device,netdev=n',
    '-device',
    'virtio-rng-device',
  ]
  const over = new AbortController()
  const answered = firstResponse(`http://127.0.0.1:${port}/`, performance.now(), over.signal)
  const append = `PORT=8080 net=required ${words}`
  const args = [...MACHINE, ...devices, '-kernel', image.path, '-append', append]
  const result = await runMachine(args, seconds * 1000)
  over.abort()
  const served = (await answered) !== undefined
  return judge(image, served || result.status !== 0 ? result : { ...result, status: 1 })
}

/** Builds the server for `runServer`; the path of its app ELF. */
export async function httpApp(folder: string): Promise<string> {
  const source = join(folder, 'app.ts')
  const answer = "setTimeout(() => process.exit(0), 30); return new Response('hello')"
  writeFileSync(source, `export default { fetch(): Response { ${answer} } }\n`)
  const args = ['build', source, '-t', 'linux', '-o', join(folder, 'dist')]
  await run(process.execPath, [join(packageRoot, 'bin/run.js'), ...args], { cwd: folder, timeout: 120_000 })
  return join(folder, 'dist/linux/app')
}

interface Ended {
  readonly text: string
  readonly status: number | undefined
}

function judge(image: FailingImage, { text, status }: Ended): Outcome {
  const failed = /fails: (\w+), allocation (\d+), path (\d+), by ([0-9a-f ]+)/.exec(text)
  const names = failed?.[4]?.trim().split(' ').map(image.nameOf).join(' < ')
  const where = failed ? `${failed[1]} ${failed[2]} (path ${failed[3]}): ${names}` : ''
  return { kind: kindOf(text, status, failed !== null), where, text }
}

function kindOf(text: string, status: number | undefined, failed: boolean): Outcome['kind'] {
  const panic = /panic: (.*)/.exec(text)?.[1]
  if (status === undefined || (panic !== undefined && /fault|exception|free|smashed/.test(panic)))
    return 'broke'
  if (!failed) return status === 0 ? 'unreached' : 'broke'
  return status === 0 ? 'bore' : 'told'
}
