import type { RunOrder, StartApp } from '../boot/suite/run-order.js'
import { runSuite } from '../boot/suite/run-suite.js'
import { type BootRequest, startBoot } from './boot-session.js'

/** What `unik test` tells a row's process. */
export interface ChildMessage {
  readonly order: RunOrder
  readonly boot: BootRequest
  /** Started once more after the suite, to count its instructions. */
  readonly count: boolean
}

/** A machine on which each instruction takes one tick of its time-stamp counter (QEMU, "TCG instruction counting"). */
const counting = { accel: 'tcg', emulatorArgs: ['-icount', 'shift=0'] } as const

// A program of its own, one a run. Without its parent there is nobody to report to; atExit ends what it has started.
process.setSourceMapsEnabled(true)
process.once('disconnect', () => process.exit(1))
process.once('message', async ({ order, boot, count }: ChildMessage) => {
  const start: StartApp = (watch) => startBoot({ ...boot, ...watch })
  const startCounting: StartApp = (watch) => startBoot({ ...boot, ...counting, ...watch })
  const run = await runSuite(order, start, count ? startCounting : undefined)
  process.send?.(run, () => process.exit())
})
