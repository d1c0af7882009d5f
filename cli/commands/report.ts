import { reportDocument } from '../../boot/report/report-document.js'
import { failureText } from '../../boot/report/terminal/failure-text.js'
import { resultTable } from '../../boot/report/terminal/result-table.js'
import { usesColor } from '../../boot/report/terminal/row-lines.js'
import { UnikCommand } from '../command.js'
import { Args, Flags } from '../oclif.js'
import { releaseReport } from '../release-report.js'
import { testFlags } from '../test-flags.js'
import { prepareOutcome, testStatus } from '../test-outcome.js'

export default class Report extends UnikCommand {
  static override summary = 'Gather the reports of several jobs into one, over all artefacts of a release'
  static override description =
    'Fails when a row failed, when a row has no report, and when the reports are not of one build.'
  static override strict = false
  static override args = {
    reports: Args.string({
      description: 'folders with a report.json of unik test, or with such folders',
      required: true,
    }),
  }
  static override examples = ['<%= config.bin %> report reports -o report']
  static override flags = {
    dist: Flags.string({
      description: 'folder of artefacts, all of which must have been tested',
      default: 'dist',
      helpValue: 'DIR',
    }),
    output: Flags.string({
      char: 'o',
      description: 'folder for the report; an earlier one in it becomes history',
      default: 'report',
      helpValue: 'DIR',
    }),
    budget: testFlags.budget,
    strict: testFlags.strict,
  }

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Report)
    const cwd = process.cwd()
    const outcome = prepareOutcome({ folder: flags.output, budgetFile: flags.budget }, cwd)
    const report = outcome.conclude(await releaseReport(argv as string[], { dist: flags.dist, cwd }))
    const failures = failureText(report)
    if (failures !== '') this.logToStderr(`\n${failures}\n`)
    if (!this.jsonEnabled()) {
      const { columns = 100 } = process.stdout
      this.log(resultTable(report, { columns, color: usesColor(process.stdout, process.env) }))
    }
    this.status = testStatus(report, flags.strict)
    return reportDocument(report)
  }
}
