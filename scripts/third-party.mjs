// Fetches the third-party C sources that runtime-x86_64/third-party.json names into .cache/third-party/<name>, each from the
// first of its sources that can be reached, through the registry's ordinary client. An archive is used only if its
// SHA-256 is the pinned one. Our patches (runtime-x86_64/third-party/<name>/*.patch, in order of name) are applied on top.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const catalogue = 'runtime-x86_64/third-party.json'

/** Fetches, unpacks and patches what is missing or out of date; `say` is told of each library that needs work. */
export function fetchThirdParty(root, say) {
  const libraries = JSON.parse(readFileSync(join(root, catalogue), 'utf8'))
  for (const [name, library] of Object.entries(libraries)) {
    const folder = join(root, '.cache/third-party', name)
    const patches = patchesOf(root, name)
    const stamp = hash(
      JSON.stringify(library.sources) + patches.map((file) => readFileSync(file, 'utf8')).join(),
    )
    if (existsSync(`${folder}.stamp`) && readFileSync(`${folder}.stamp`, 'utf8') === stamp) continue
    say(`third-party source: ${name}`)
    rmSync(`${folder}.stamp`, { force: true })
    unpack(folder, fetchFirst(root, name, library.sources))
    for (const patch of patches) run('patch', ['-s', '-p1', '-d', folder, '-i', patch])
    writeFileSync(`${folder}.stamp`, stamp)
  }
}

function patchesOf(root, name) {
  const folder = join(root, 'runtime-x86_64/third-party', name)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.patch'))
    .sort()
    .map((file) => join(folder, file))
}

function fetchFirst(root, name, sources) {
  const failures = []
  for (const source of sources) {
    const archive = join(root, '.cache/downloads', source.file)
    try {
      if (!existsSync(archive)) clients[source.registry](root, source)
      const found = hash(readFileSync(archive))
      if (found === source.sha256) return { ...source, archive }
      rmSync(archive)
      failures.push(`${source.file}: SHA-256 is ${found}, expected ${source.sha256}`)
    } catch (error) {
      failures.push(
        `${source.registry} ${source.package}: ${String(error.stderr || error.message)
          .trim()
          .split('\n')
          .at(-1)}`,
      )
    }
  }
  throw new Error(`cannot fetch the source of ${name}: ${failures.join('; ')}`)
}

const clients = {
  debian: fetchDebianSource,
  pypi(root, source) {
    const to = join(root, '.cache/downloads')
    mkdirSync(to, { recursive: true })
    run('python3', [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--no-binary',
      ':all:',
      '--dest',
      to,
      `${source.package}==${source.version}`,
    ])
  },
}

// apt with lists of its own, so that a newer suite's sources can be read without changing the machine's configuration.
// The mirror is the one that the machine already uses.
function fetchDebianSource(root, source) {
  const apt = join(root, '.cache/apt')
  const list = join(apt, `${source.suite}.sources`)
  for (const folder of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, folder), { recursive: true })
  const options = [
    '-q',
    '-o',
    `Dir::Etc::SourceList=${list}`,
    '-o',
    'Dir::Etc::SourceParts=/dev/null',
    '-o',
    `Dir::State::Lists=${join(apt, 'lists')}`,
    '-o',
    `Dir::Cache=${join(apt, 'cache')}`,
    '-o',
    'APT::Sandbox::User=root',
  ]
  if (!existsSync(list)) {
    writeFileSync(
      `${list}.part`,
      `Types: deb-src\nURIs: ${debianMirror()}\nSuites: ${source.suite}\nComponents: main\n` +
        'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n',
    )
    renameSync(`${list}.part`, list)
  }
  run('apt-get', [...options, 'update'])
  const line = run('apt-get', [...options, 'source', '--print-uris', '--tar-only', source.package])
    .split('\n')
    .find((text) => text.includes(` ${source.file} `))
  if (line === undefined) throw new Error(`${source.suite} no longer has ${source.file}`)
  run(
    'apt-get',
    [...options, 'source', '--download-only', '--tar-only', source.package],
    join(root, '.cache/downloads'),
  )
}

/** The Debian mirror that the machine's apt uses. */
export function debianMirror() {
  const targets = run('apt-get', [
    'indextargets',
    '--format',
    '$(ORIGIN) $(LABEL) $(REPO_URI)',
    'Created-By: Packages',
  ])
  const line = targets.split('\n').find((text) => text.startsWith('Debian Debian '))
  if (line === undefined) throw new Error('apt has no Debian package lists: run apt-get update')
  return line.split(' ')[2]
}

function unpack(folder, source) {
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  run('tar', ['-xf', source.archive, '-C', part, '--strip-components=1', '--no-same-owner'])
  if (source.folder === undefined) renameSync(part, folder)
  else {
    renameSync(join(part, source.folder), folder)
    rmSync(part, { recursive: true })
  }
}

function hash(data) {
  return createHash('sha256').update(data).digest('hex')
}

function run(program, args, cwd) {
  if (cwd !== undefined) mkdirSync(cwd, { recursive: true })
  return execFileSync(program, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 26,
  })
}
