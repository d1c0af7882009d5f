import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run } from '../../base/run.js'
import type { BzImage } from '../../linker/bzimage.js'
import { fileHeader } from '../../linker/elf/header.js'
import { PF, PT, programHeader } from '../../linker/elf/program.js'
import { type FlatImage, flattenKernel } from '../../linker/flat-image.js'
import type { Image } from '../../linker/image.js'
import { HEADER_SIZE, PE_SIGNATURE, peHeader, peSection, writePeHeader } from '../../linker/pe.js'
import { bareDrivers, bzImageWith } from '../helpers/bzimage.js'
import { scratchFolder } from '../helpers/scratch.js'

const HEADER_AT = 0x40

describe('the EFI application in a bzImage', function () {
  this.timeout(30_000)
  const scratch = scratchFolder()
  let kernel: Image
  let file: BzImage
  let path = ''
  before(async () => {
    const init = join(packageRoot, 'test/boot/fixtures/hello.c')
    const entries = ['linux_start64', 'efi_start']
    const made = await bzImageWith({ folder: scratch(), drivers: bareDrivers, init, entries })
    kernel = made.kernel
    file = made.file
    path = join(scratch(), 'unik.efi')
    writeFileSync(path, file.bytes)
  })

  it('objdump and llvm-readobj read its headers alike', async () => {
    const { stdout: dump } = await run('objdump', ['-f', '-p', path])
    const { stdout: llvm } = await run('llvm-readobj', ['--file-headers', path])
    const entry = Number(kernel.symbols.find(({ name }) => name === 'efi_start')?.address) - 0x200000 + 4096
    expect(dump).to.match(/file format pei-x86-64/)
    expect(dump).to.match(new RegExp(`start address 0x0*${entry.toString(16)}\n`))
    expect(dump).to.match(/Subsystem\s+0000000a\s+\(EFI application\)/)
    expect(llvm).to.include('Machine: IMAGE_FILE_MACHINE_AMD64')
    expect(llvm).to.include(`AddressOfEntryPoint: 0x${entry.toString(16).toUpperCase()}\n`)
    expect(llvm).to.match(/IMAGE_DLL_CHARACTERISTICS_NX_COMPAT/)
    expect(llvm).not.to.match(/RELOCS_STRIPPED/) // or firmware would load it at its base, 0, and nowhere else
  })

  it('its sections fill the image without a gap, none both writable and executable, at the offsets that are their addresses', () => {
    const { sectionCount, imageSize, headersSize } = peHeader.decode(file.bytes, HEADER_AT)
    let end = headersSize
    for (const section of sectionsOf(file.bytes)) {
      expect(section.address).to.equal(end).and.to.equal(section.fileOffset)
      expect(section.fileOffset + section.fileSize).to.be.at.most(file.bytes.length)
      expect([0x60000020, 0x40000040, 0xc0000040]).to.include(section.characteristics)
      end += section.memorySize
    }
    expect(sectionCount).to.equal(3)
    expect(end).to.equal(imageSize)
    const last = sectionsOf(file.bytes).at(-1)
    expect((last?.fileOffset ?? 0) + (last?.fileSize ?? 0)).to.equal(file.bytes.length)
  })

  it('they protect what the program headers of the kernel protect', () => {
    const { programHeaders, programHeaderCount } = fileHeader.decode(kernel.bytes)
    for (let i = 0; i < programHeaderCount; i++) {
      const segment = programHeader.decode(kernel.bytes, programHeaders + i * programHeader.size)
      if (segment.type !== PT.LOAD) continue
      const at = Number(segment.address) - 0x200000 + 4096
      const section = sectionsOf(file.bytes).find((s) => s.address <= at && at < s.address + s.memorySize)
      expect(at + segment.memorySize).to.be.at.most((section?.address ?? 0) + (section?.memorySize ?? 0))
      const execute = (segment.flags & PF.X) === 0 ? 0 : 0x20000000
      const write = (segment.flags & PF.W) === 0 ? 0 : 0x80000000
      expect(((section?.characteristics ?? 0) & 0xa0000000) >>> 0).to.equal((execute | write) >>> 0)
    }
  })

  it('it can be signed, and the signature covers all of it', async () => {
    const [key, certificate, signed] = ['key.pem', 'certificate.pem', 'signed.efi'].map((name) =>
      join(scratch(), name),
    ) as [string, string, string]
    const request = ['req', '-new', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=test']
    await run('openssl', [...request, '-days', '2', '-keyout', key, '-out', certificate])
    const made = await run('sbsign', ['--key', key, '--cert', certificate, '--output', signed, path])
    expect(made.stderr).not.to.match(/warning/)
    const { stdout } = await run('sbverify', ['--cert', certificate, signed])
    expect(stdout).to.match(/Signature verification OK/)
  })

  it('leaves the Linux setup header and the code behind it alone', () => {
    const header = new Uint8Array(HEADER_SIZE).fill(0xa5)
    const flat = flattenKernel(kernel)
    writePeHeader(header, flat, kernel.entry)
    expect(header.subarray(0x1f1).every((byte) => byte === 0xa5)).to.equal(true)
    expect(peHeader.decode(header, HEADER_AT).signature).to.equal(PE_SIGNATURE)
    const part = flat.parts[0] as FlatImage['parts'][0]
    const crowded = { ...flat, parts: [part, part, part, part, part] }
    expect(() => writePeHeader(header, crowded, kernel.entry)).to.throw(/runs into/)
  })
})

function sectionsOf(file: Uint8Array) {
  const { sectionCount } = peHeader.decode(file, HEADER_AT)
  return Array.from({ length: sectionCount }, (_, i) =>
    peSection.decode(file, HEADER_AT + peHeader.size + i * peSection.size),
  )
}
