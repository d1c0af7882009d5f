import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { openDisk } from '../../../cli/disks.js'
import { scratchFolder } from '../../helpers/scratch.js'

describe('boot --disk', () => {
  const scratch = scratchFolder()

  function make(name: string, start: string, size: number): string {
    writeFileSync(join(scratch(), name), Buffer.from(start, 'latin1'))
    truncateSync(join(scratch(), name), size)
    return name
  }

  it('tells the format by what the file holds, not by its name', () => {
    const format = (name: string) => openDisk(name, scratch()).format
    expect(format(make('a.qcow2', '', 4096))).to.equal('raw')
    expect(format(make('b.img', 'QFI\xfb\0\0\0\x03', 1001))).to.equal('qcow2')
    expect(openDisk('b.img', scratch()).file).to.equal(join(scratch(), 'b.img'))
  })

  it('refuses what can be no disk', () => {
    const open = (name: string) => () => openDisk(name, scratch())
    mkdirSync(join(scratch(), 'folder'))
    expect(open('absent')).to.throw('--disk absent: no such file')
    expect(open('folder')).to.throw('--disk folder: not a file')
    expect(open(make('odd', 'x', 513))).to.throw('513 bytes are no whole number of sectors')
    expect(open(make('empty', '', 0))).to.throw('0 bytes')
  })
})
