import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { testSubject } from '../../../cli/test-subject.js'
import { scratchFolder } from '../../helpers/scratch.js'
import { digest } from '../../helpers/test-report.js'

describe('a folder of artefacts to test', () => {
  const scratch = scratchFolder()
  const described = (target: string, appSha256 = digest('a')) => ({
    ...{ target, layer: 'static linking', carries: 'elf', appSha256, files: [] },
    facts: { name: 'hello', ports: [], memory: { minimum: 5, default: 32 } },
  })
  const write = (folder: string, description: object) => {
    mkdirSync(join(scratch(), folder), { recursive: true })
    writeFileSync(join(scratch(), folder, 'unik.json'), JSON.stringify(description))
  }
  const manifest = (artefacts: readonly unknown[]) =>
    writeFileSync(join(scratch(), 'manifest.json'), JSON.stringify({ artefacts }))
  const subject = () =>
    testSubject({ entries: [scratch()], targets: ['all'], env: {}, output: 'dist', cwd: scratch() })
  const refusal = () =>
    subject().then(
      () => 'none',
      (error: Error) => error.message,
    )

  beforeEach(() => {
    write('linux', described('linux'))
    write('qemu', described('qemu'))
  })

  it('is told of by the artefacts themselves, whatever the manifest says of them', async () => {
    manifest([{ target: 'linux', appSha256: digest('f') }])
    const { artefacts } = await subject()
    expect(artefacts).to.have.length(1)
    expect(artefacts[0]).to.deep.include({ ...described('linux'), folder: join(scratch(), 'linux') })
  })

  it('is warned of when it holds more than one build', async () => {
    manifest([described('linux'), described('qemu')])
    expect((await subject()).warnings).to.deep.equal([])
    write('qemu', described('qemu', digest('c')))
    expect((await subject()).warnings).to.deep.equal(['these artefacts are of 2 builds of the app'])
  })

  it('is refused when it is empty, or an artefact is missing, is another one, or says nothing of its memory', async () => {
    manifest([])
    expect(await refusal()).to.equal('manifest.json lists no artefact')
    manifest([described('linux'), described('raw')])
    expect(await refusal()).to.match(/^no such artefact: .*raw$/)
    manifest([described('linux'), { target: './qemu' }])
    expect(await refusal()).to.equal('manifest.json calls an artefact ./qemu that is one for qemu')
    manifest([described('linux')])
    write('linux', { ...described('linux'), facts: { name: 'hello' } })
    expect(await refusal()).to.equal('unik.json is not one that unik wrote')
  })
})
