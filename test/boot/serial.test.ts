import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { array, struct, u8, u32, u64, viewOf } from '../../base/struct.js'
import { bootableWith, runMachine } from '../helpers/bootable.js'
import { scratchFolder } from '../helpers/scratch.js'

/** Serial Port Console Redirection Table 1.08, behind the common header; what is left out is zero. */
const spcrBody = struct({
  type: u8,
  reserved: array(3, u8),
  space: u8,
  width: u8,
  offset: u8,
  accessSize: u8,
  address: u64,
  interruptType: u8,
  irq: u8,
  gsi: u32,
  baud: u8,
})

const COM2 = 0x2f8n

describe('serial console', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()

  it('is where the SPCR table says', async () => {
    const kernel = await bootableWith({
      folder: scratch(),
      drivers: ['serial-16550', 'acpi-power', 'keyboard-reset'],
      files: [{ path: 'busybox', type: 'file', mode: 0o755, data: readFileSync('/bin/busybox') }],
      commandLine: 'init=/busybox -- echo over here',
    })
    const body = new Uint8Array(44)
    spcrBody.write(viewOf(body), 0, {
      type: 0,
      reserved: [0, 0, 0],
      space: 1,
      width: 8,
      offset: 0,
      accessSize: 1,
      address: COM2,
      interruptType: 1,
      irq: 3,
      gsi: 3,
      baud: 7,
    })
    const [table, second] = [join(scratch(), 'spcr'), join(scratch(), 'com2')]
    writeFileSync(table, body)
    const { text } = await runMachine([
      ...['-M', 'q35', '-m', '64', '-kernel', kernel, '-acpitable', `sig=SPCR,rev=2,data=${table}`],
      ...['-chardev', `file,id=c,path=${second}`, '-device', 'isa-serial,index=1,chardev=c'],
    ])
    expect(readFileSync(second, 'latin1')).to.contain('over here').and.contain('unik;exit=0')
    expect(text).to.equal('')
  })

  // QEMU hands on one byte at a time, of which a socket that nobody reads holds some hundred.
  it('waits for who reads it late, and loses nothing', async () => {
    const kernel = await bootableWith({
      folder: scratch(),
      drivers: ['serial-16550', 'acpi-power', 'keyboard-reset'],
      files: [{ path: 'busybox', type: 'file', mode: 0o755, data: readFileSync('/bin/busybox') }],
      commandLine: 'init=/busybox -- seq 1 1000',
    })
    const { text, status } = await runMachine(['-M', 'q35', '-m', '64', '-kernel', kernel], 30_000, 2000)
    expect(text).to.match(new RegExp(`${Array.from({ length: 1000 }, (_, i) => `${i + 1}\n`).join('')}$`))
    expect(status).to.equal(0)
  })

  // Whatever of it the reader has not taken when the machine goes off is gone: also the exit status, which comes last.
  it('waits at the end, too, until its last byte is taken', async () => {
    const say = async (words: string, readAfter: number) => {
      const kernel = await bootableWith({
        folder: scratch(),
        drivers: ['serial-16550', 'keyboard-reset'],
        files: [{ path: 'busybox', type: 'file', mode: 0o755, data: readFileSync('/bin/busybox') }],
        commandLine: `init=/busybox -- echo ${words}`,
      })
      return runMachine(['-M', 'microvm', '-m', '64', '-kernel', kernel], 30_000, readAfter)
    }
    const { text } = await say('', 0)
    const before = text.replaceAll('\n', '\r\n').length
    const exit = '\x1b]unik;exit=0\x07'.length
    for (let missing = 2; missing < exit; missing += 4) {
      const words = 'x'.repeat(heldBySocket + missing - exit - before)
      const late = await say(words, 1500)
      expect(late.text).to.include(words)
      expect(late.status, `${missing} bytes of the status not taken in time`).to.equal(0)
    }
  })
})

/** Writes of one byte that a socket pair holds, with Linux's default buffer: 212,992 bytes, of which each takes 768. */
const heldBySocket = 278
