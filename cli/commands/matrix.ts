import { temporaryFolder } from '../../base/temporary-folder.js'
import { inTableOrder } from '../../boot/report/layers.js'
import type { Layer } from '../../targets/lib/target.js'
import { UnikCommand } from '../command.js'
import { Args, Flags } from '../oclif.js'
import { releaseMatrix } from '../release-matrix.js'
import { table } from '../table.js'
import { testFlags } from '../test-flags.js'
import { testSubject } from '../test-subject.js'

export default class Matrix extends UnikCommand {
  static override summary = 'Split the rows of a release over the jobs of a CI system'
  static override description =
    'With --json a strategy.matrix of GitHub Actions: what each job passes to unik test -t, and the Debian and npm packages that its machines take.'
  static override args = {
    subject: Args.string({
      description: 'folder of artefacts; or entry file or project folder, built to find out',
    }),
  }
  static override examples = [
    '<%= config.bin %> matrix dist --json',
    '<%= config.bin %> matrix dist --jobs 8 --json',
  ]
  static override flags = {
    target: testFlags.target,
    jobs: Flags.integer({ description: 'how many jobs; default: one a row', min: 1, helpValue: 'N' }),
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Matrix)
    const work = temporaryFolder('unik-matrix-')
    try {
      const { artefacts } = await testSubject({
        ...{
          entries: args.subject === undefined ? [] : [args.subject],
          targets: flags.target,
          env: {},
          output: work.path,
          cwd: process.cwd(),
        },
      })
      const rows = inTableOrder(artefacts.map((each) => ({ ...each, layer: each.layer as Layer })))
      const matrix = await releaseMatrix(rows, flags.jobs)
      if (!this.jsonEnabled())
        this.log(
          table(
            ['job', 'targets', 'Debian packages', 'npm packages'],
            matrix.include.map(({ targets, packages, npm }, i) => [`${i + 1}`, targets, packages, npm]),
            process.stdout.columns === undefined ? {} : { width: process.stdout.columns },
          ),
        )
      return matrix
    } finally {
      work.remove()
    }
  }
}
