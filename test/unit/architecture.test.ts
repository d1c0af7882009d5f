import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'

// Data flows one way: config → compiler → linker → targets → boot or publish; only cli sees all. `types` may be imported as types only.
const allowed: Record<string, { code: string[]; types: string[] }> = {
  base: { code: [], types: [] },
  compiler: { code: ['base'], types: [] },
  linker: { code: ['base'], types: ['compiler'] },
  targets: { code: ['base'], types: ['linker'] },
  boot: { code: ['base'], types: ['targets'] },
  publish: { code: ['base'], types: ['targets'] },
  cli: { code: ['base', 'compiler', 'linker', 'targets', 'boot', 'publish'], types: [] },
}

describe('architecture', () => {
  for (const part of Object.keys(allowed))
    it(`${part}/ imports only from where data comes`, () => {
      const wrong = sources(part).flatMap((file) =>
        imports(file)
          .filter((found) => !mayImport(part, found))
          .map((found) => `${file} imports ${found.path}`),
      )
      expect(wrong).to.deep.equal([])
    })

  it('no stage uses the clock or randomness for what it writes', () => {
    const wrong = ['compiler', 'linker', 'targets']
      .flatMap(sources)
      .filter((file) =>
        /Math\.random|Date\.now|new Date\(\)|randomUUID|randomBytes/.test(
          readFileSync(join(packageRoot, file), 'utf8'),
        ),
      )
    expect(wrong).to.deep.equal([])
  })

  it('programs are run by base/run.ts only', () => {
    const wrong = Object.keys(allowed)
      .flatMap(sources)
      .filter(
        (file) =>
          file !== 'base/run.ts' &&
          !file.startsWith('targets/hosts/') && // parts of artefacts: they run elsewhere
          /from 'node:child_process'|import\('execa'\)/.test(readFileSync(join(packageRoot, file), 'utf8')),
      )
    expect(wrong).to.deep.equal([])
  })

  it('the manifest of the commands is the one that the commands make', async () => {
    const manifest = JSON.parse(readFileSync(join(packageRoot, 'oclif.manifest.json'), 'utf8')) as {
      commands: object
    }
    const files = readdirSync(join(packageRoot, 'cli/commands')).map((file) => file.replace(/\.ts$/, ''))
    expect(Object.keys(manifest.commands).sort()).to.deep.equal(files.sort())
    const { Plugin } = await import('@oclif/core')
    const plugin = new Plugin({
      root: packageRoot,
      ignoreManifest: true,
      errorOnManifestCreate: true,
      respectNoCacheDefault: true,
    })
    await plugin.load()
    expect(JSON.parse(JSON.stringify(plugin.manifest))).to.deep.equal(manifest)
  })
})

interface Import {
  readonly path: string
  readonly typeOnly: boolean
}

function sources(part: string): string[] {
  return readdirSync(join(packageRoot, part), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(part, file))
}

function imports(file: string): Import[] {
  const text = readFileSync(join(packageRoot, file), 'utf8')
  return [...text.matchAll(/^(?:import|export)\s+(type\s+)?[^'"]*?from\s+'(\.[^']*)'/gm)].map((match) => ({
    path: normalize(join(dirname(file), match[2] ?? '')),
    typeOnly: match[1] !== undefined,
  }))
}

function mayImport(part: string, found: Import): boolean {
  const from = found.path.split('/')[0] ?? ''
  const rule = allowed[part]
  return (
    from === part ||
    (rule?.code.includes(from) ?? false) ||
    (found.typeOnly && (rule?.types.includes(from) ?? false))
  )
}
