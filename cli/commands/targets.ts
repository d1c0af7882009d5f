import { UnikCommand } from '../command.js'
import { table } from '../table.js'
import { allTargets } from '../targets.js'

export default class Targets extends UnikCommand {
  static override summary = 'List the targets, and how each is proved'
  static override examples = ['<%= config.bin %> targets', '<%= config.bin %> targets --json']

  async run(): Promise<unknown> {
    await this.parse(Targets)
    const rows = (await allTargets()).map(({ name, layer, carries, summary, proof }) => ({
      target: name,
      layer,
      carries,
      summary,
      proof,
    }))
    if (!this.jsonEnabled())
      this.log(
        table(
          ['layer', 'target', 'carries', 'what', 'proof'],
          rows.map((row) => [row.layer, row.target, row.carries, row.summary, row.proof]),
        ),
      )
    return { targets: rows }
  }
}
