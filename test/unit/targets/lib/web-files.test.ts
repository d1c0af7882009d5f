import { expect } from 'chai'
import { readModuleCatalogue } from '../../../../compiler/module-catalogue.js'
import type { Build } from '../../../../targets/lib/target.js'
import { webBundle } from '../../../../targets/lib/web-files.js'

describe('targets/lib/web-files', () => {
  const filesOf = (code: string, imports: readonly string[]) => {
    const standIn = (name: string) => new TextEncoder().encode(name)
    const build = { bundle: new TextEncoder().encode(code), imports, assets: [], standIn } as unknown as Build
    const text = (data: Uint8Array | undefined) => new TextDecoder().decode(data)
    return Object.fromEntries(webBundle(build, 'web').map(({ path, data }) => [path, text(data)]))
  }

  it('names the stand-in in every form of declaration, and nowhere else', () => {
    const forms = [
      'import',
      'import a from',
      'import * as b from',
      'import c, { d as e } from',
      'export * from',
    ]
    const several = 'import {\n  f,\n  g\n} from "node:url";\n'
    const text =
      'const text = "from \\"node:url\\"";\nconst other = `\nfrom "node:url";`;\nconsole.log("node:url");\n'
    const late = 'await import("node:url");\n'
    const code = forms.map((form) => `${form} "node:url";\n`).join('') + several + text + late
    const wanted = forms.map((form) => `${form} "./node-url.js";\n`).join('')
    const renamed = (part: string) => part.replace('"node:url"', '"./node-url.js"')
    const files = filesOf(code, ['node:url'])
    expect(files['app.js']).to.equal([wanted, renamed(several), text, renamed(late)].join(''))
  })

  it('makes one file for both modules of files', () => {
    const files = filesOf('import "node:fs";\nimport "node:fs/promises";\n', ['node:fs', 'node:fs/promises'])
    expect(Object.keys(files)).to.deep.equal(['app.js', 'web-fs.js'])
  })

  for (const name of ['console', 'perf_hooks', 'process', 'timers', 'url'])
    it(`node:${name}: its stand-in exports what the engine's module does`, async () => {
      const files = filesOf(`import "node:${name}";\n`, [`node:${name}`])
      const code = Buffer.from(files[`node-${name}.js`] ?? '').toString('base64')
      const module = (await import(`data:text/javascript;base64,${code}`)) as Record<string, unknown>
      const catalogue = await readModuleCatalogue()
      const provider = Object.values(catalogue).find(({ imports }) => imports.includes(`node:${name}`))
      expect(Object.keys(module).sort()).to.deep.equal(
        [...(provider?.exports?.[`node:${name}`] ?? [])].sort(),
      )
    })
})
