import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../../base/run.js'
import { writeSymbolFile } from '../../../cli/symbol-file.js'
import { scratchFolder } from '../../helpers/scratch.js'

describe('symbol file', () => {
  const scratch = scratchFolder()

  it('is an ELF file whose functions are where they run', async () => {
    const symbol = (address: bigint, name: string) => ({ address, size: 16n, name })
    const programs = [
      {
        name: '.kernel',
        symbols: [symbol(0x200000n, 'boot'), symbol(0x200010n, 'panic')],
        slide: 0xffffffff7fe00000n,
      },
      { name: '.app', symbols: [symbol(0x1000n, 'main')], slide: 0x555555554000n },
    ]
    const file = join(scratch(), 'symbols')
    writeFileSync(file, writeSymbolFile(programs))
    const { stdout, stderr } = await run('readelf', ['-hSsW', file])
    expect(stderr).to.equal('')
    expect(stdout)
      .to.match(/ffffffff80000010 +16 FUNC +GLOBAL DEFAULT +1 panic$/m)
      .and.to.match(/0000555555555000 +16 FUNC +GLOBAL DEFAULT +2 main$/m)
      .and.to.match(/\.kernel +NOBITS +ffffffff80000000 \w+ 000020 /)
  })
})
