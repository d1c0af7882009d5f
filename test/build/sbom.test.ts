import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { expect } from 'chai'
import { PackageURL } from 'packageurl-js'
import { packageRoot } from '../../base/package-root.js'
import { run } from '../../base/run.js'
import { linkKernels } from '../../cli/link-kernels.js'
import { type BuildResult, build } from '../../cli/pipeline.js'
import { appRuntime } from '../../cli/runtime.js'
import type { Bom, Component } from '../../cli/sbom/cyclonedx.js'
import { compile } from '../../compiler/compile.js'
import type { Image } from '../../linker/image.js'
import { linkApp } from '../../linker/link-app.js'
import { mapFile } from '../../linker/map-file.js'
import { pcDrivers } from '../../targets/lib/drivers.js'
import { scratchFolder } from '../helpers/scratch.js'

const targets = ['linux', 'oci', 'deb', 'qemu', 'raw', 'unikernel-oci', 'npm', 'lambda', 'web', 'workerd']

const app = `import { Hono } from 'hono'
import { z } from 'zod'
const order = z.object({ id: z.string() })
const app = new Hono()
app.post('/', async (c) => c.json(order.safeParse(await c.req.json())))
export default app
`

describe('SBOM', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  let built: BuildResult
  before(async () => {
    mkdirSync(join(scratch(), 'node_modules'))
    for (const name of ['hono', 'zod', 'yaml'])
      symlinkSync(join(packageRoot, 'node_modules', name), join(scratch(), 'node_modules', name), 'junction')
    const dependencies = { hono: '*', zod: '*', yaml: '*' }
    const manifest = { name: 'shop', version: '1.2.3', license: 'Apache-2.0', dependencies }
    writeFileSync(join(scratch(), 'package.json'), JSON.stringify(manifest))
    writeFileSync(join(scratch(), 'index.ts'), app)
    built = await buildIn('dist')
  })

  const buildIn = (output: string) =>
    build({ entries: ['index.ts'], targets, env: {}, output, cwd: scratch() })
  const file = (path: string) => join(scratch(), 'dist', path)
  const textOf = (path: string) => readFileSync(file(path), 'utf8')
  const bomOf = (target: string) => JSON.parse(textOf(`${target}/sbom.cdx.json`)) as Bom
  const names = (bom: Bom) => bom.components.map(({ name }) => name)
  const documents = () => ['sbom.cdx.json', ...targets.map((target) => `${target}/sbom.cdx.json`)]

  it('is CycloneDX 1.6 by the schema that OWASP publishes, SPDX licences included', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6)
    for (const path of documents()) expect(await validator.validate(textOf(path)), path).to.equal(null)
    const wrong = textOf('linux/sbom.cdx.json').replace('"id": "MIT"', '"id": "MITT"')
    expect(await validator.validate(wrong)).not.to.equal(null)
  })

  it('names only what it lists, once, by addresses that parse', () => {
    for (const path of documents()) {
      const bom = JSON.parse(textOf(path)) as Bom
      const all = [bom.metadata.component, ...bom.components]
      const refs = all.map((component) => component['bom-ref'])
      expect(new Set(refs).size, path).to.equal(refs.length)
      expect(bom.dependencies.map(({ ref }) => ref).sort()).to.deep.equal([...refs].sort())
      const used = [
        ...bom.dependencies,
        ...bom.compositions.map(({ assemblies }) => ({ dependsOn: assemblies })),
      ]
      for (const { dependsOn } of used) expect(refs).to.include.members([...dependsOn])
      for (const { purl, name, version } of all)
        if (purl !== undefined) {
          const parsed = PackageURL.fromString(purl)
          expect(parsed.version?.replace(/^v/, ''), purl).to.equal(version)
          expect(purl).to.include(name === 'libgcc' ? 'gcc' : name.replace(/-ng$/, ''))
        }
    }
  })

  it('lists the packages in the bundle with their versions, and none that is only installed', () => {
    for (const target of targets) {
      const { components } = bomOf(target)
      const npm = components.filter(({ purl }) => purl?.startsWith('pkg:npm/'))
      expect(npm.map(({ name, version }) => [name, version])).to.deep.equal(
        ['hono', 'zod'].map((name) => [name, versionOf(name)]),
      )
    }
  })

  it('lists every archive that the map of the linker tells of', async () => {
    const program = await compile({ entry: join(scratch(), 'index.ts'), name: 'shop' })
    const kernel = linkKernels([], '').bootable(pcDrivers)
    const works = new Set([linkApp(program, appRuntime()), kernel].flatMap(worksInMap))
    const linked = bomOf('raw').components.filter(({ purl }) => purl !== undefined && !/^pkg:npm/.test(purl))
    expect(linked.map(({ name }) => name).sort()).to.deep.equal([...works].sort())
    expect(works).to.include('musl').and.to.include('lwip')
  })

  it('tells kernels, drivers and what a JavaScript host gets, where they are', () => {
    const linked = ['quickjs-ng', 'musl', 'mimalloc', 'libuv', 'llhttp']
    expect(names(bomOf('linux')))
      .to.include.members(linked)
      .and.not.include('lwip')
    expect(names(bomOf('qemu'))).to.include.members([...linked, 'lwip', 'virtio-net', 'unik kernel'])
    expect(names(bomOf('qemu')))
      .not.to.include('spleen')
      .and.not.to.include('ahci')
    expect(names(bomOf('raw'))).to.include.members(['spleen', 'ahci', 'e1000e'])
    expect(names(bomOf('web')).sort()).to.deep.equal([
      'hono',
      'shop',
      'web-process.js',
      'web-service.js',
      'zod',
    ])
    expect(names(bomOf('workerd')).sort()).to.deep.equal(['hono', 'shop', 'zod'])
    expect(names(bomOf('lambda'))).to.include.members(['lambda-handler.js', 'musl']) // it has both
  })

  it('says of a program that was given that nobody knows what is in it', async () => {
    const rootfs = { folder: join(scratch(), 'dist/linux'), init: 'shop' }
    await build({ entries: [], rootfs, targets: ['qemu'], env: {}, output: 'given', cwd: scratch() })
    const text = readFileSync(join(scratch(), 'given/qemu/sbom.cdx.json'), 'utf8')
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).to.equal(null)
    const bom = JSON.parse(text) as Bom
    const program = bom.components.find(({ type }) => type === 'application')?.['bom-ref'] ?? ''
    expect(bom.compositions.find(({ aggregate }) => aggregate === 'unknown')?.assemblies).to.deep.equal([
      program,
    ])
    expect(names(bom)).to.include('lwip').and.not.include('musl')
  })

  it('tells of several apps in one artefact which needs what', async () => {
    writeFileSync(join(scratch(), 'one.ts'), app)
    writeFileSync(
      join(scratch(), 'other.ts'),
      "import { parse } from 'yaml'\nexport default { fetch: () => Response.json(parse('1')) }\n",
    )
    const two = { entries: ['one.ts', 'other.ts'], targets: ['workerd', 'linux'], env: {}, cwd: scratch() }
    await build({ ...two, output: 'two' })
    const read = (target: string) => readFileSync(join(scratch(), 'two', target, 'sbom.cdx.json'), 'utf8')
    const needsOf = (target: string, name: string) => {
      const { components, dependencies } = JSON.parse(read(target)) as Bom
      const ref = components.find((each) => each.type === 'application' && each.name === name)?.['bom-ref']
      return dependencies.find((each) => each.ref === ref)?.dependsOn.map((each) => each.replace(/@.*$/, ''))
    }
    expect(needsOf('workerd', 'one')).to.deep.equal(['npm:hono', 'npm:zod'])
    expect(needsOf('workerd', 'other')).to.deep.equal(['npm:yaml'])
    expect(needsOf('linux', 'shop')).to.include.members(['npm:hono', 'npm:yaml', 'npm:zod', 'unik:engine'])
  })

  it('has the digests of the app and of each file', () => {
    const appOf = (target: string) => bomOf(target).components.filter(({ type }) => type === 'application')
    const digests = (components: readonly Component[]) => components.flatMap(({ hashes = [] }) => hashes)
    const wanted = (sha256: string | undefined) => [{ alg: 'SHA-256', content: sha256 }]
    expect(digests(appOf('qemu'))).to.deep.equal(wanted(built.app?.sha256))
    expect(digests(appOf('web'))).to.deep.equal(wanted(built.bundle?.sha256))
    expect(digests(bomOf('linux').metadata.component.components ?? [])).to.deep.include(
      wanted(built.app?.sha256)[0],
    )
  })

  it('of a release joins those of its artefacts; manifest and checksums name it', async () => {
    const release = JSON.parse(textOf('sbom.cdx.json')) as Bom
    const refs = release.dependencies.find(({ ref }) => ref === 'release')?.dependsOn
    expect(refs).to.deep.equal(targets.map((target) => `artefact/${target}`).sort())
    for (const target of targets) expect(names(release)).to.include.members(names(bomOf(target)))
    const { sbom } = JSON.parse(textOf('manifest.json')) as { sbom: object }
    const content = readFileSync(file('sbom.cdx.json'))
    const sha256 = createHash('sha256').update(content).digest('hex')
    expect(sbom).to.deep.equal({ path: 'sbom.cdx.json', size: content.length, sha256 })
    const input = textOf('SHA256SUMS').replace(/^.*(?<!sbom\.cdx\.json)\n/gm, '')
    const { stdout } = await run('sha256sum', ['-c'], { cwd: file(''), input })
    expect(stdout.trim().split('\n').sort()).to.deep.equal(
      documents()
        .map((path) => `${path}: OK`)
        .sort(),
    )
  })

  it('is the same each time, and has a time only if one is given', async () => {
    await buildIn('again')
    const again = (path: string) => readFileSync(join(scratch(), 'again', path), 'utf8')
    for (const path of documents()) expect(again(path), path).to.equal(textOf(path))
    expect(textOf('sbom.cdx.json')).not.to.include('"timestamp"')
    process.env.SOURCE_DATE_EPOCH = '1700000000'
    try {
      await buildIn('dated')
    } finally {
      delete process.env.SOURCE_DATE_EPOCH
    }
    const dated = JSON.parse(readFileSync(join(scratch(), 'dated/linux/sbom.cdx.json'), 'utf8'))
    expect(dated.metadata.timestamp).to.equal('2023-11-14T22:13:20Z')
    expect(dated.serialNumber).to.match(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  })
})

/** Of the archives in a map file that are not our own; the kernel's font is the only work of others in an archive of ours. */
function worksInMap(image: Image): string[] {
  const map = mapFile(image)
  const archives = [...map.matchAll(/ lib([\w-]+)\.a\(/g)].map(([, name = '']) => name)
  const works = archives.filter((name) => !['engine', 'drivers'].includes(name))
  return [...works.map((name) => libraries[name] ?? name), ...(map.includes('(font.o)') ? ['spleen'] : [])]
}

const libraries: Readonly<Record<string, string>> = {
  c: 'musl',
  quickjs: 'quickjs-ng',
  uv: 'libuv',
  gcc: 'libgcc',
}

function versionOf(name: string): string {
  const manifest = readFileSync(join(packageRoot, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
