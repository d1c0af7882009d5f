// npm run check: types, lint and format of TypeScript and C, and the fast tests; all are run, then the first failure decides.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = (name) => join(root, 'node_modules/.bin', name)
const cFiles = readdirSync(join(root, 'runtime-x86_64'), { recursive: true })
  .filter((file) => /\.[ch]$/.test(file) && !/^(build|prebuilt)/.test(file))
  .map((file) => join('runtime-x86_64', file))
  .concat(
    readdirSync(join(root, 'test'), { recursive: true })
      .filter((file) => /\.[ch]$/.test(file))
      .map((file) => join('test', file)),
  )
  .sort()

const steps = [
  ['types', bin('tsc'), ['-p', '.', '--noEmit']],
  ['types of the engine', bin('tsc'), ['-p', 'runtime-x86_64/engine']],
  ['TypeScript lint and format', bin('biome'), ['check', '--error-on-warnings']],
  ['C format', 'clang-format', ['--dry-run', '--Werror', ...cFiles]],
  ['generated docs', process.execPath, ['scripts/docs.mjs', '--check']],
  ['fast tests', bin('mocha'), ['--reporter', 'dot', 'lib/test/unit/**/*.test.js']],
]

let failed = 0
const wanted = process.argv.includes('--without-tests') ? steps.slice(0, -1) : steps
for (const [name, program, args] of wanted) {
  const started = performance.now()
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
  if (error?.code === 'ENOENT') console.error(`${program} is not installed: npm run setup -- --all`)
  console.error(
    `${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`,
  )
  if (status !== 0) failed++
}
process.exitCode = failed === 0 ? 0 : 1
