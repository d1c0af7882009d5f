import { expect } from 'chai'
import type { Bom, Component } from '../../../../cli/sbom/cyclonedx.js'
import { releaseSbom } from '../../../../cli/sbom/release-sbom.js'

const library = (ref: string): Component => ({ type: 'library', 'bom-ref': ref, name: ref })

const bom = (target: string, app: string, needs: readonly string[]): Bom => ({
  metadata: {
    tools: { components: [{ type: 'application', name: 'unik', version: '1' }] },
    component: { type: 'application', 'bom-ref': `artefact/${target}`, name: app, version: '1.0.0' },
  },
  components: [library(app), ...needs.map(library)],
  dependencies: [
    { ref: `artefact/${target}`, dependsOn: [app] },
    { ref: app, dependsOn: needs },
    ...needs.map((ref) => ({ ref, dependsOn: [] })),
  ],
  compositions: [{ aggregate: 'complete', assemblies: [`artefact/${target}`], dependencies: [app] }],
})

describe('SBOM of a release', () => {
  const placed = (target: string, one: Bom) => ({ bom: one, path: `${target}/sbom.cdx.json`, sha256: target })
  const release = releaseSbom([
    placed('deb', bom('deb', 'shop', ['musl'])),
    placed('qemu', bom('qemu', 'shop', ['lwip', 'musl'])),
    placed('web', bom('web', 'blog', [])),
  ])

  it('has each part once, with all that it needs anywhere', () => {
    const refs = release.components.map((component) => component['bom-ref'])
    expect(refs).to.deep.equal([
      'artefact/deb',
      'artefact/qemu',
      'artefact/web',
      'blog',
      'lwip',
      'musl',
      'shop',
    ])
    expect(release.dependencies).to.deep.include({ ref: 'shop', dependsOn: ['lwip', 'musl'] })
    expect(release.dependencies[0]).to.deep.equal({ ref: 'release', dependsOn: refs.slice(0, 3) })
    expect(release.compositions).to.deep.equal([
      { aggregate: 'complete', assemblies: refs.slice(0, 3), dependencies: ['blog', 'shop'] },
    ])
  })

  it('is named after its apps, and leads to the documents that it joins', () => {
    expect(release.metadata.component).to.include({ name: 'blog, shop', version: '1.0.0' })
    expect(release.metadata.tools.components).to.have.length(1)
    expect(release.components[1]?.externalReferences).to.deep.equal([
      { type: 'bom', url: 'qemu/sbom.cdx.json', hashes: [{ alg: 'SHA-256', content: 'qemu' }] },
    ])
  })
})
