// npm test: types, lint and format as in `npm run check`, then every test; the last line is "N passed, N failed".
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const scratch = mkdtempSync(join(tmpdir(), 'unik-test-'))
const resultFile = join(scratch, 'result.json')

let passed = 0
let failed = 0
if (run(process.execPath, ['scripts/check.mjs', '--without-tests'])) passed++
else failed++

run(join(root, 'node_modules/.bin/mocha'), [
  '--reporter',
  join(root, 'scripts/mocha-reporter.cjs'),
  '--reporter-option',
  `file=${resultFile}`,
  'lib/test/**/*.test.js',
])
try {
  const result = JSON.parse(readFileSync(resultFile, 'utf8'))
  passed += result.passed
  failed += result.failed
  if (result.passed === 0) failed++ // no test ran: that is no success
} catch {
  failed++ // mocha died before it could report
}
rmSync(scratch, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function run(program, args) {
  return spawnSync(program, args, { cwd: root, stdio: 'inherit' }).status === 0
}
