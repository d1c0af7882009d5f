import { layers, type Target } from '../../targets/lib/target.js'
import { UnikCommand } from '../command.js'
import { table } from '../table.js'
import { allTargets } from '../targets.js'

export default class Targets extends UnikCommand {
  static override summary = 'List the targets: what each makes, for what, and how it is proved'
  static override description =
    'As wide as the terminal; elsewhere one line a target. What varies is what one artefact of the row serves.'
  static override examples = ['<%= config.bin %> targets', '<%= config.bin %> targets --json']

  async run(): Promise<unknown> {
    await this.parse(Targets)
    const targets = await allTargets()
    if (!this.jsonEnabled()) this.log(report(targets, process.stdout.columns))
    return {
      targets: targets.map(({ name, layer, carries, summary, artefact, platform, varies, proof }) => ({
        ...{ target: name, layer, carries, summary },
        ...{ artefact, platform, varies, proof },
      })),
    }
  }
}

function report(targets: readonly Target[], width: number | undefined): string {
  return table(
    ['layer', 'target', 'artefact', 'carries', 'platform', 'what varies', 'proof'],
    layers
      .flatMap((layer) => targets.filter((target) => target.layer === layer))
      .map(({ layer, name, artefact, carries, platform, varies, proof }) => [
        ...[layer, name, artefact, carries],
        ...[platform, varies.join(', '), proof],
      ]),
    width === undefined ? {} : { width },
  )
}
