import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../base/run.js'
import { type ObjectDescription, writeObject } from '../../linker/object-writer.js'
import { scratchFolder } from '../helpers/scratch.js'
import { compile, expectSame, tinyRuntime } from './toolchain.js'

const description: ObjectDescription = {
  sections: [
    { name: '.rodata.text', contents: Buffer.from('embedded\n\0') },
    {
      name: '.data.rel.ro.table',
      contents: new Uint8Array(16),
      align: 8,
      writable: true,
      relocations: [
        { offset: 0, symbol: 'text', addend: 2 },
        { offset: 8, symbol: 'answer' },
      ],
    },
    { name: '.bss.area', contents: 4096, align: 64, writable: true },
    { name: 'kept', contents: Uint8Array.of(1), retain: true },
  ],
  symbols: [
    { name: 'table', section: '.data.rel.ro.table', size: 16, type: 'object' },
    { name: 'text', section: '.rodata.text', binding: 'local' },
    { name: 'area', section: '.bss.area', size: 4096, type: 'object' },
    { name: 'optional', section: '.bss.area', offset: 4, binding: 'weak' },
    { name: 'answer' },
  ],
}

describe('writeObject', () => {
  const folder = scratchFolder()

  it('makes objects that GNU ld and our linker link alike', async () => {
    const path = join(folder(), 'made.o')
    writeFileSync(path, writeObject(description))
    const main = await compile(
      folder(),
      'main.c',
      `#include "tiny.h"
       extern const struct { const char *text; int (*answer)(void); } table; extern char area[4096], optional;
       int answer(void) { return 42; }
       int main(void) { say(table.text); area[4] = 3; return table.answer() + optional + (long)area % 64; }`,
    )
    await expectSame(folder(), [await tinyRuntime(folder()), main, path], {
      stdout: 'bedded\n',
      exitCode: 45,
    })
  })

  it('makes objects that readelf reads without a complaint', async () => {
    const path = join(folder(), 'made.o')
    writeFileSync(path, writeObject(description))
    const { stdout, stderr } = await run('readelf', ['-aW', path])
    expect(stderr).to.equal('')
    expect(stdout).to.match(/kept +PROGBITS .* AR /)
    expect(stdout).to.match(/NOTYPE +LOCAL +DEFAULT +1 text/)
    expect(stdout).to.match(/OBJECT +GLOBAL +DEFAULT +3 area/)
    expect(stdout).to.match(/R_X86_64_64 +0+ text \+ 2/)
  })

  it('refuses references to what is not described', () => {
    const sections = [
      { name: '.data', contents: new Uint8Array(8), relocations: [{ offset: 0, symbol: 'nobody' }] },
    ]
    expect(() => writeObject({ sections, symbols: [] })).to.throw('refers to nobody, which is not described')
    expect(() => writeObject({ sections: [], symbols: [{ name: 'x', section: '.text' }] })).to.throw(
      'x is in .text',
    )
  })
})
