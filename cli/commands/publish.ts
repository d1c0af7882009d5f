import { join, resolve } from 'node:path'
import { UserError } from '../../base/user-error.js'
import { type AmiPlan, planAmi } from '../../publish/ami/plan.js'
import { publishAmi } from '../../publish/ami/publish-ami.js'
import { openArtefact } from '../artefact.js'
import { UnikCommand } from '../command.js'
import { assignments } from '../flags.js'
import { interruption } from '../interruption.js'
import { Args, Flags } from '../oclif.js'
import { amiReport, dryRun, dryRunReport, progressLine } from '../publish-text.js'
import { findTargets } from '../targets.js'

export default class Publish extends UnikCommand {
  static override summary = 'Make an image in your cloud account of an artefact'
  static override description =
    'Publishes ami: sends the disk through the EBS direct API and registers it. An interrupted run is taken up by the next one, and what is there already is found. Other targets say in their README.md how they are published.'
  static override args = {
    target: Args.string({ description: 'ami', required: true }),
    artefact: Args.string({ description: "the artefact's folder; default: dist/TARGET" }),
  }
  static override examples = [
    '<%= config.bin %> publish ami --region eu-central-1',
    '<%= config.bin %> publish ami dist/ami --name shop-1.4 --tag stage=live --json',
    '<%= config.bin %> publish ami --dry-run',
  ]
  static override flags = {
    region: Flags.string({ description: "AWS region; default: the environment's or profile's" }),
    name: Flags.string({ description: "the image's name; default: the app's and the disk's digest" }),
    description: Flags.string({ description: 'of snapshot and image', helpValue: 'TEXT' }),
    tag: Flags.string({
      description: 'tag of snapshot and image (repeatable)',
      multiple: true,
      helpValue: 'K=V',
    }),
    'boot-mode': Flags.option({
      options: ['uefi-preferred', 'uefi', 'legacy-bios'] as const,
      description: 'how instances start; default: as built (uefi-preferred)',
    })(),
    endpoint: Flags.string({ description: "in place of Amazon's services", helpValue: 'URL' }),
    resume: Flags.string({
      description: 'journal of the upload, from which an interrupted run is taken up',
      default: 'auto',
      helpValue: 'FILE|auto',
    }),
    'dry-run': Flags.boolean({ description: 'print what would be sent, and send nothing' }),
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Publish)
    const cwd = process.cwd()
    const [target] = await findTargets([args.target])
    const artefact = openArtefact(args.artefact ?? join('dist', args.target), cwd)
    if (artefact.target !== target?.name)
      throw new UserError(`this is an artefact of ${artefact.target}, not of ${args.target}`, { status: 2 })
    if (artefact.target !== 'ami')
      throw new UserError(`unik publishes ami only, not ${artefact.target}`, {
        hint: `${join(artefact.folder, 'README.md')} has the commands`,
        status: 2,
      })
    const plan = planAmi(artefact, {
      ...{ name: flags.name, description: flags.description, bootMode: flags['boot-mode'] },
      tags: assignments('--tag', flags.tag),
    })
    if (flags['dry-run']) {
      const document = dryRun(plan, flags.region)
      if (!this.jsonEnabled()) this.log(dryRunReport(document))
      return document
    }
    return this.publishAmi(plan, flags, cwd)
  }

  private async publishAmi(plan: AmiPlan, flags: AmiFlags, cwd: string): Promise<unknown> {
    const started = performance.now()
    const interrupted = interruption()
    const progress = progressLine(plan.blocks.blocks.length)
    try {
      const { found, ...published } = await publishAmi({
        ...{ plan, named: flags.name !== undefined, region: flags.region, endpoint: flags.endpoint, cwd },
        journal: flags.resume === 'auto' ? undefined : resolve(cwd, flags.resume),
        signal: interrupted.signal,
        onStep: (text) => this.logToStderr(text),
        onProgress: progress.show,
      })
      if (!this.jsonEnabled()) this.log(amiReport(plan, published))
      return { ...published, milliseconds: Math.round(performance.now() - started), found }
    } finally {
      progress.end()
      interrupted.stop()
    }
  }
}

interface AmiFlags {
  readonly name?: string | undefined
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly resume: string
}
