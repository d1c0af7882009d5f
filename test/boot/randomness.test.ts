import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { bootableWith, runMachine } from '../helpers/bootable.js'
import { bareDrivers } from '../helpers/bzimage.js'
import { type Draw, draw, imageOfPlaces, repeats, varyingBits, wanted } from '../helpers/randomness.js'
import { scratchFolder } from '../helpers/scratch.js'

const BOOTS = 24 // scripts/randomness.mjs judges more
const CONNECTIONS = 64

describe('randomness', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()

  it(`addresses, AT_RANDOM and canary have the design's bits over ${BOOTS} boots`, async () => {
    const image = await imageOfPlaces(scratch())
    const draws: Draw[] = []
    for (let i = 0; i < BOOTS; i++) draws.push(await draw(image, scratch()))
    for (const [name, bits] of Object.entries(wanted)) {
      expect(varyingBits(draws, name), `bits of ${name}`).to.be.at.least(bits)
      // Of 2^18 places for the image 24 boots take one twice in a thousand times, and hardly ever two.
      expect(repeats(draws, name), `repeats of ${name}`).to.be.at.most(1)
    }
  })

  it('without any source of randomness but time, no boot is like another', async () => {
    const image = await imageOfPlaces(scratch())
    const draws = [await draw(image, scratch(), 'qemu64'), await draw(image, scratch(), 'qemu64')]
    for (const name of Object.keys(wanted)) expect(repeats(draws, name), name).to.equal(0)
  })

  it('TCP sequence numbers and local ports cannot be guessed from others', async () => {
    const image = await bootableWith({
      folder: scratch(),
      name: 'connects',
      drivers: [...bareDrivers, 'virtio-net'],
      init: join(packageRoot, 'test/boot/fixtures/connects.c'),
    })
    const [one, other] = [await connect(image), await connect(image)]
    for (const syns of [one, other]) {
      expect(syns).to.have.length(CONNECTIONS)
      expectRandom(
        syns.map((syn) => syn.sequence),
        30,
      )
      expectRandom(
        syns.map((syn) => syn.port),
        13,
      )
      const ports = syns.map((syn) => syn.port)
      expect(ports.filter((port, i) => Math.abs(port - (ports[i - 1] ?? 0)) <= 2).length).to.be.at.most(2)
      expect(Math.min(...ports)).to.be.at.least(32768)
    }
    const seen = new Set(one.map((syn) => syn.sequence))
    expect(other.filter((syn) => seen.has(syn.sequence)).length).to.equal(0)
  })

  /** The guest's attempts at connections, in order. */
  async function connect(image: string): Promise<Syn[]> {
    const capture = join(scratch(), 'capture')
    const network = ['-netdev', 'user,id=n', '-device', 'virtio-net-device,netdev=n']
    const dump = ['-object', `filter-dump,id=f,netdev=n,file=${capture}`]
    const machine = ['-M', 'microvm,x-option-roms=off', '-cpu', 'max', '-m', '32', '-kernel', image]
    const { status, text } = await runMachine([...machine, ...network, ...dump])
    expect(status, text).to.equal(0)
    return synsOf(readFileSync(capture))
  }
})

interface Syn {
  readonly port: number
  readonly sequence: number
}

/** libpcap's file format: a header of 24 bytes, then frames behind 16 bytes of which 8 to 11 are the length. */
function synsOf(file: Buffer): Syn[] {
  const found = new Map<string, Syn>() // a SYN may be sent again, as it was
  for (let at = 24; at < file.length; at += 16 + file.readUInt32LE(at + 8)) {
    const frame = file.subarray(at + 16, at + 16 + file.readUInt32LE(at + 8))
    const isTcp = frame.readUInt16BE(12) === 0x0800 && frame.readUInt8(23) === 6
    const tcp = frame.subarray(14 + (frame.readUInt8(14) & 15) * 4)
    if (!isTcp || (tcp.readUInt8(13) & 0x3f) !== 2) continue
    const syn = { port: tcp.readUInt16BE(0), sequence: tcp.readUInt32BE(4) }
    found.set(`${syn.port} ${syn.sequence}`, syn)
  }
  return [...found.values()]
}

/** So many bits take both values, and the numbers go up about as often as down: 5 standard deviations are allowed. */
function expectRandom(numbers: readonly number[], bits: number): void {
  const draws = numbers.map((number) => ({ number: BigInt(number) }))
  expect(varyingBits(draws, 'number')).to.be.at.least(bits)
  const rises = numbers.filter((number, i) => number > (numbers[i - 1] ?? 0)).length
  const deviation = Math.sqrt(numbers.length / 12) // of rises in a random order
  expect(Math.abs(rises - numbers.length / 2)).to.be.at.most(5 * deviation + 1)
}
