import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot, prebuilt } from '../../../../base/package-root.js'
import { licenceChoice } from '../../../../cli/sbom/licences.js'
import { componentsOf, type RuntimeComponent } from '../../../../cli/sbom/runtime-component.js'

const component = (name: string, inputs: readonly string[]): RuntimeComponent => ({
  ...{ name, version: '1', licence: 'MIT', purl: `pkg:generic/${name}@1`, homepage: 'https://example.org/' },
  ...{ inputs, sources: [], patches: [], notice: '' },
})

describe('works of others in the runtime', () => {
  const known = [component('font', ['libdrivers.a(font.o)']), component('libc', ['libc.a'])]
  const found = (...inputs: string[]) => componentsOf(inputs, known).map(({ name }) => name)

  it('are known by archive or member, each once', () => {
    expect(found('start.o', 'libengine.a(start.o)', 'libc.a(a.o)', 'libc.a(b.o)')).to.deep.equal(['libc'])
    expect(found('libdrivers.a(font.o)', 'libdrivers.a(ahci.o)')).to.deep.equal(['font'])
    expect(found('libdrivers.a(ahci.o)')).to.deep.equal([])
  })

  it('are never left out in silence', () =>
    expect(() => found('libnew.a(x.o)')).to.throw('libnew.a(x.o) is of no component in third-party.json'))

  it('have versions that their archives and addresses have too', () => {
    interface Library {
      readonly version: string
      readonly licence: string
      readonly purl: string
      readonly cpe?: string
      readonly sources: readonly { readonly package: string; readonly file: string }[]
    }
    const text = readFileSync(join(packageRoot, 'runtime-x86_64/third-party.json'), 'utf8')
    for (const [name, library] of Object.entries(JSON.parse(text) as Record<string, Library>)) {
      const { version, licence, purl, cpe = version, sources } = library
      expect(purl, name).to.match(new RegExp(`@v?${version.replaceAll('.', '\\.')}$`))
      expect(cpe, name).to.include(version)
      expect(JSON.stringify(licenceChoice(licence)), name).not.to.include('name')
      for (const { package: from, file } of sources)
        if (from !== 'httptools') expect(file, name).to.include(version)
    }
  })

  it('have archives that are named by their package, whatever host keeps it', () => {
    const all = JSON.parse(readFileSync(prebuilt('components.json'), 'utf8')) as {
      sources: { url: string }[]
    }[]
    const urls = all.flatMap(({ sources }) => sources.map(({ url }) => url))
    expect(urls).to.not.be.empty
    for (const url of urls) expect(url).to.match(/^pkg:(deb\/debian|pypi)\/[^?]+\?\S*file_name=\S+$/)
  })

  // A parser inside of another package's archive: its header says which.
  it('have the version that llhttp itself tells', function () {
    const header = join(packageRoot, '.cache/third-party/llhttp/include/llhttp.h')
    if (!existsSync(header)) this.skip()
    const text = readFileSync(header, 'utf8')
    const part = (name: string) => new RegExp(`LLHTTP_VERSION_${name} (\\d+)`).exec(text)?.[1]
    const [llhttp] = componentsOf(['libllhttp.a(llhttp.o)'])
    expect(llhttp?.version).to.equal(['MAJOR', 'MINOR', 'PATCH'].map(part).join('.'))
  })
})
