import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { viewOf } from '../../base/struct.js'
import { loaderRuntime } from '../../cli/runtime.js'
import {
  type BzImage,
  HDRS,
  imageHead,
  makeBzImage,
  SETUP_HEADER_AT,
  setupHeader,
} from '../../linker/bzimage.js'
import { flattenKernel } from '../../linker/flat-image.js'
import type { Image } from '../../linker/image.js'
import { bareDrivers, bzImageWith } from '../helpers/bzimage.js'
import { scratchFolder } from '../helpers/scratch.js'

describe('bzImage', () => {
  const scratch = scratchFolder()
  let kernel: Image
  let file: BzImage
  let both: BzImage
  before(async () => {
    const init = join(packageRoot, 'test/boot/fixtures/hello.c')
    const request = { folder: scratch(), drivers: bareDrivers, init }
    const made = await bzImageWith(request)
    kernel = made.kernel
    file = made.file
    both = (await bzImageWith({ ...request, entries: ['linux_start64', 'efi_start'] })).file
  })

  it('tells loaders where it may run and how much memory it takes', () => {
    const header = setupHeader.decode(file.bytes, SETUP_HEADER_AT)
    expect(header).to.include({ setupSectors: 7, bootFlag: 0xaa55, magic: HDRS, code32Start: 0x100000 })
    expect(header).to.include({ isRelocatable: 1, alignment: 4096, loadFlagsExtension: 1 })
    expect(header.memorySize).to.equal(flattenKernel(kernel).memorySize)
    expect(header.kernelParagraphs * 16).to.equal(file.bytes.length - 4096)
    const from = loaderRuntime().setup
    const offset = SETUP_HEADER_AT + setupHeader.offsets.jump
    expect(header.jump).to.equal(viewOf(from).getUint16(offset, true)).and.not.to.equal(0)
  })

  it('holds the kernel as memory shall hold it, and a sum that makes 0 of its words', () => {
    const view = viewOf(file.bytes)
    let sum = 0
    for (let at = 4096; at < file.bytes.length; at += 4) sum = (sum + view.getUint32(at, true)) >>> 0
    expect(sum).to.equal(0)
    expect(imageHead.decode(file.bytes, 4096).fileSize).to.equal(file.bytes.length - 4096)
    const flat = flattenKernel(kernel).bytes
    expect(
      Buffer.compare(file.bytes.subarray(4096 + imageHead.size), flat.subarray(imageHead.size)),
    ).to.equal(0)
  })

  it('is the same file of the same kernel', () => {
    expect(Buffer.compare(makeBzImage(kernel, loaderRuntime()).bytes, file.bytes)).to.equal(0)
  })

  it('has room for what UEFI firmware looks for', () => {
    expect(Buffer.from(both.bytes.subarray(0, 2)).toString()).to.equal('MZ')
    expect(Buffer.from(file.bytes.subarray(0, SETUP_HEADER_AT - 2)).every((byte) => byte === 0)).to.equal(
      true,
    )
    const { magic, jump } = setupHeader.decode(both.bytes, SETUP_HEADER_AT)
    expect({ magic, jump }).to.deep.equal({
      magic: HDRS,
      jump: setupHeader.decode(file.bytes, SETUP_HEADER_AT).jump,
    })
  })

  it('has boot code that fits an MBR and knows its sector', () => {
    const code = file.bootSector(0x1234_5678)
    expect(code).to.have.length(440)
    expect(viewOf(code).getUint32(436, true)).to.equal(0x1234_5678)
    expect(Buffer.compare(code.subarray(0, 436), file.bootSector(1).subarray(0, 436))).to.equal(0)
  })

  it('is not made of a kernel without the entry', async () => {
    const request = { folder: scratch(), drivers: bareDrivers, rootfs: new Uint8Array(4096), entries: [] }
    let problem: unknown
    await bzImageWith(request).catch((error: unknown) => {
      problem = error
    })
    expect(String(problem)).to.match(/not linked with the entry linux_start64/)
  })
})
