// node components.mjs LIBS OUT: who made what of the archives, for the SBOM and the notices of artefacts.
//   OUT/components.json  each library of ../third-party.json with the archives that hold it, its patches and its licence text
//   OUT/NOTICES.txt      the licence texts of them all, for the package that ships the archives
// `inputs` are names as the linker tells them: an archive, or one member of it: `libdrivers.a(font.o)`.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const [libs, out] = process.argv.slice(2)
const catalogue = JSON.parse(readFileSync(join(here, '../third-party.json'), 'utf8'))
const components = [
  ...Object.entries(catalogue).map(([name, library]) => describe(name, library)),
  compilerRuntime(),
].sort((a, b) => (a.name < b.name ? -1 : 1))
writeFileSync(join(out, 'components.json'), `${JSON.stringify(components, null, 2)}\n`)
writeFileSync(join(out, 'NOTICES.txt'), notices())

function describe(name, library) {
  for (const field of ['version', 'licence', 'licenceFile', 'purl', 'homepage', 'inputs', 'sources'])
    if (library[field] === undefined) throw new Error(`third-party.json: ${name} has no ${field}`)
  const { version, licence, licenceFile, purl, cpe, homepage, inputs, sources } = library
  return {
    name,
    version,
    licence,
    purl,
    ...(cpe === undefined ? {} : { cpe }),
    homepage,
    inputs,
    sources: sources.map((source) => ({ url: address(source), sha256: source.sha256 })),
    patches: patches(name),
    notice: licenceText(join(libs, name, licenceFile)),
  }
}

/** The upstream archive as a package URL: which registry keeps it, and under which name, whatever the host. */
function address({ registry, package: name, file }) {
  const archive = `file_name=${encodeURIComponent(file)}`
  return registry === 'pypi' ? `pkg:pypi/${name}?${archive}` : `pkg:deb/debian/${name}?arch=source&${archive}`
}

/** A patch begins with its reason. */
function patches(name) {
  const folder = join(here, name)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.patch'))
    .sort()
    .map((file) => {
      const reason = readFileSync(join(folder, file), 'utf8')
        .split(/^--- /m, 1)[0]
        .trim()
        .replaceAll('\n', ' ')
      return { file, reason, fixes: reason.match(/\bCVE-\d{4}-\d+\b/g) ?? [] }
    })
}

/** Of a C file, its first comment. */
function licenceText(file) {
  const text = readFileSync(file, 'utf8')
  if (!file.endsWith('.c')) return text.trim()
  const comment = /^\/\*([\s\S]*?)\*\//.exec(text)?.[1] ?? ''
  return comment.replaceAll(/^ ?\* ?/gm, '').trim()
}

/** The only archive that was not compiled here, but comes with the compiler. */
function compilerRuntime() {
  const version = execFileSync('gcc', ['-dumpfullversion'], { encoding: 'utf8' }).trim()
  return {
    name: 'libgcc',
    version,
    licence: 'GPL-3.0-or-later WITH GCC-exception-3.1',
    purl: `pkg:generic/gcc@${version}`,
    homepage: 'https://gcc.gnu.org/',
    inputs: ['libgcc.a'],
    sha256: createHash('sha256')
      .update(readFileSync(join(out, 'app/libgcc.a')))
      .digest('hex'),
    sources: [],
    patches: [],
    notice:
      'The GCC Runtime Library Exception allows its use in programs of any licence that were compiled by GCC.',
  }
}

function notices() {
  const heading = 'The archives of this folder hold code of the following works.'
  const parts = components.map(
    ({ name, version, licence, notice }) => `${name} ${version} (${licence})\n\n${notice}`,
  )
  return `${[heading, ...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}
