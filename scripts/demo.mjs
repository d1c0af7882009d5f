// npm run demo: `unik test examples/http -t all` with a table of what was made. Every target is built from one compilation, started as
// its platform would, and held to the example's own tests. The exit status is 0 only if every row passed.

import { packageRoot } from '../lib/base/package-root.js'
import { sizeText, timeText } from '../lib/base/units.js'
import { failureText } from '../lib/boot/report/terminal/failure-text.js'
import { createLiveTable } from '../lib/boot/report/terminal/live-table.js'
import { summaryText } from '../lib/boot/report/terminal/result-table.js'
import { interruptSignal } from '../lib/cli/interrupt.js'
import { table } from '../lib/cli/table.js'
import { testStatus } from '../lib/cli/test-outcome.js'
import { usualTimeout } from '../lib/cli/test-run.js'
import { runTests } from '../lib/cli/test-session.js'

let live
const report = await runTests({
  ...{ entries: ['examples/http'], targets: ['all'], way: undefined, cwd: packageRoot, output: 'dist' },
  ...{
    env: {},
    suite: [],
    kernelWords: [],
    accel: 'auto',
    timeout: usualTimeout,
    jobs: undefined,
    count: false,
  },
  stop: interruptSignal(),
  onRows(rows) {
    live = createLiveTable(rows, process.stderr)
  },
  onStart: (target) => live.started(target),
  onRow: (row) => live.ended(row),
  onNote: (text) => console.error(text),
})
live?.end()
const time = (ms) => (ms === undefined ? '-' : timeText(ms))
console.log(
  table(
    ['target', 'artefact', 'size', 'app ELF sha256', 'first output', 'first HTTP 200', 'status'],
    report.rows.map(({ target, size, appSha256, firstOutputMs, firstResponseMs, status }) => [
      ...[target, `dist/${target}`, sizeText(size), appSha256],
      ...[time(firstOutputMs), time(firstResponseMs), status],
    ]),
  ),
)
const failures = failureText(report)
if (failures !== '') console.error(`\n${failures}`)
console.log(`\n${summaryText(report)}`)
process.exitCode = testStatus(report, true)
