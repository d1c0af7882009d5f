import { reportDocument } from '../../boot/report/report-document.js'
import { failureText } from '../../boot/report/terminal/failure-text.js'
import { createLiveTable, type LiveTable } from '../../boot/report/terminal/live-table.js'
import { resultTable } from '../../boot/report/terminal/result-table.js'
import { usesColor } from '../../boot/report/terminal/row-lines.js'
import { UnikCommand } from '../command.js'
import { environment, rootfsOf } from '../flags.js'
import { interruptSignal } from '../interrupt.js'
import { Args } from '../oclif.js'
import { testFlags } from '../test-flags.js'
import { prepareOutcome, testStatus } from '../test-outcome.js'
import { runTests } from '../test-session.js'

export default class Test extends UnikCommand {
  static override summary =
    'Start every artefact as its platform would, and hold all of them to the same tests'
  static override description =
    "The tests are the project's unik.test.ts, else what every app owes its platform. Exit status: 0 nothing failed, 1 something did, 2 wrong usage."
  static override strict = false
  static override args = {
    subject: Args.string({ description: 'entry file, project folder, artefact, or folder of artefacts' }),
  }
  static override examples = [
    '<%= config.bin %> test',
    '<%= config.bin %> test src/server.ts -t linux,qemu,oci --report report',
    '<%= config.bin %> test dist -t ami --as UEFI',
    '<%= config.bin %> test --rootfs ./root --init /bin/server -t qemu,raw',
  ]
  static override flags = testFlags

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Test)
    const cwd = process.cwd()
    const outcome = prepareOutcome({ folder: flags.report, budgetFile: flags.budget }, cwd)
    let live: LiveTable | undefined
    const tested = await runTests({
      ...{ entries: argv as string[], rootfs: rootfsOf(flags), targets: flags.target, way: flags.as, cwd },
      ...{ env: environment(flags.env), output: flags.output, suite: flags.suite ?? [] },
      ...{ kernelWords: flags.kernel ?? [], count: flags.count || outcome.countsInstructions },
      ...{ accel: flags.accel, timeout: flags.timeout, jobs: flags.jobs, stop: interruptSignal() },
      onRows: (rows) => {
        live = createLiveTable(rows, process.stderr)
      },
      onStart: (target) => live?.started(target),
      onRow: (row) => live?.ended(row),
      onNote: (text) => (live === undefined ? process.stderr.write(`${text}\n`) : live.note(text)),
    }).finally(() => live?.end())
    const report = outcome.conclude(tested)
    const failures = failureText(report)
    if (failures !== '') process.stderr.write(`\n${failures}\n\n`)
    if (!this.jsonEnabled()) {
      const { columns = 100 } = process.stdout
      this.log(resultTable(report, { columns, color: usesColor(process.stdout, process.env) }))
    }
    this.status = testStatus(report, flags.strict)
    return reportDocument(report)
  }
}
