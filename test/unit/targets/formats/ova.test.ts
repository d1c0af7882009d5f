import { expect } from 'chai'
import { UserError } from '../../../../base/user-error.js'
import { bytesSource } from '../../../../targets/formats/byte-source.js'
import { gnuSparseTar, readGnuSparseTar } from '../../../../targets/formats/gnu-sparse-tar.js'
import { gunzip, gzipStream } from '../../../../targets/formats/gzip.js'
import { readOva, writeOva } from '../../../../targets/formats/ova.js'
import { type OvfMachine, writeOvf } from '../../../../targets/formats/ovf.js'
import { imageSource } from '../../../../targets/formats/sparse-image.js'
import { readVmdk, writeStreamVmdk } from '../../../../targets/formats/vmdk.js'
import { readDamaged } from '../../../helpers/damage.js'
import { sampleDisk } from '../../../helpers/virtual-disks.js'

const disk = sampleDisk(8 << 20)
const content = Buffer.from(imageSource(disk).read(0, disk.size))

describe('OVA', () => {
  const vmdk = writeStreamVmdk(disk, 'app-disk1.vmdk')
  const machine: OvfMachine = {
    name: 'app',
    platform: 'vmware',
    memory: 64,
    disk: { file: 'app-disk1.vmdk', fileSize: vmdk.length, capacity: disk.size },
  }
  const ova = writeOva(machine, vmdk, 1)
  const bytes = imageSource(ova).read(0, ova.size)

  it('holds descriptor, manifest and disk in this order', () => {
    const { descriptor, files } = readOva(bytesSource(bytes))
    expect([...files.keys()]).to.deep.equal(['app.ovf', 'app-disk1.vmdk'])
    expect(descriptor).to.include('<rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType>')
    expect(descriptor).to.include(`ovf:size="${vmdk.length}"`)
    const found = readVmdk(files.get('app-disk1.vmdk') ?? bytesSource(new Uint8Array()))
    expect(Buffer.from(found.read(0, found.size)).equals(content)).to.equal(true)
  })

  it('tells a file that is not what the manifest says', () => {
    const changed = bytes.slice()
    changed[changed.length - 1024 - 512] = 7
    expect(() => readOva(bytesSource(changed))).to.throw('app-disk1.vmdk is not what the manifest says')
  })

  it('survives damage', () => {
    const counts = readDamaged(bytes, (damaged) => readOva(bytesSource(damaged)), [[0, 8192]])
    expect(counts.explained).to.be.greaterThan(100)
  })

  it('escapes names', () => {
    const text = new TextDecoder().decode(writeOvf({ ...machine, name: 'a<b>&"c"' }))
    expect(text).to.include('<Name>a&lt;b&gt;&amp;&quot;c&quot;</Name>').and.not.to.include('a<b')
  })
})

describe('sparse file in a tar archive', () => {
  const parts = [...gnuSparseTar('disk.raw', disk, 1)]
  const archive = new Uint8Array(Buffer.concat(parts))

  it('is the same file again, and stores no zeros', () => {
    const { name, image } = readGnuSparseTar(bytesSource(archive))
    expect(name).to.equal('disk.raw')
    expect(Buffer.from(imageSource(image).read(0, image.size)).equals(content)).to.equal(true)
    expect(archive.length).to.be.below(200_000)
  })

  it('goes through gzip part by part', () => {
    const packed = Buffer.concat([...gzipStream(parts)])
    expect(Buffer.from(gunzip(packed)).equals(archive)).to.equal(true)
  })

  it('survives damage', () => {
    const read = (damaged: Uint8Array) => readGnuSparseTar(bytesSource(damaged))
    const counts = readDamaged(archive, read, [[0, 1024]])
    expect(counts.read).to.be.greaterThan(100)
    expect(counts.explained).to.be.greaterThan(100)
  })

  it('explains what it is not', () => {
    expect(() => readGnuSparseTar(bytesSource(new Uint8Array(1024)))).to.throw(UserError, 'it holds none')
  })
})
