import { engineFlag, envFlag, rootfsFlags } from './flags.js'
import { Flags } from './oclif.js'
import { usualTimeout } from './test-run.js'

/** Flags of `unik test`. */
export const testFlags = {
  target: Flags.string({
    char: 't',
    description: 'targets, separated by commas, or all',
    helpValue: 'NAME,…',
    multiple: true,
    delimiter: ',',
    default: ['all'],
  }),
  as: Flags.string({
    description: "only this way of each target's platform, such as UEFI",
    helpValue: 'WAY',
  }),
  suite: Flags.string({
    description: "test file in place of the project's own (repeatable)",
    multiple: true,
    helpValue: 'FILE',
  }),
  report: Flags.string({
    description: 'folder for report.json, junit.xml and index.html; an earlier report in it becomes history',
    helpValue: 'DIR',
  }),
  budget: Flags.string({
    description: 'limits on size, times and instructions, which fail the test when they are exceeded',
    helpValue: 'FILE',
  }),
  count: Flags.boolean({
    description: 'count the instructions until the first response; a budget that limits them does, too',
  }),
  strict: Flags.boolean({ description: 'fail when a row is skipped' }),
  jobs: Flags.integer({
    description: 'how many runs at once; default: one a core, as far as memory allows',
    min: 1,
    helpValue: 'N',
  }),
  timeout: Flags.integer({
    description: 'seconds that an app may take to answer, and each wait of a test',
    default: usualTimeout,
    min: 1,
    helpValue: 'S',
  }),
  kernel: Flags.string({
    description: 'word for the kernel of rows that are machines, such as trace=sys (repeatable)',
    multiple: true,
    helpValue: 'WORD',
  }),
  accel: Flags.option({
    options: ['auto', 'tcg', 'kvm'] as const,
    description: 'how to run guest code',
    default: 'auto' as const,
  })(),
  output: Flags.string({
    char: 'o',
    description: 'folder for what is built',
    default: 'dist',
    helpValue: 'DIR',
  }),
  env: envFlag,
  engine: engineFlag,
  ...rootfsFlags,
}
