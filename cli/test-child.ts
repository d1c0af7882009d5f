import type { RunOrder } from '../boot/suite/run-order.js'
import { runSuite } from '../boot/suite/run-suite.js'
import { type BootRequest, startBoot } from './boot-session.js'

/** What `unik test` tells a row's process. */
export interface ChildMessage {
  readonly order: RunOrder
  readonly boot: BootRequest
}

// A program of its own, one a run. Without its parent there is nobody to report to; atExit ends what it has started.
process.setSourceMapsEnabled(true)
process.once('disconnect', () => process.exit(1))
process.once('message', ({ order, boot }: ChildMessage) => {
  void runSuite(order, ({ onText, onRecord }) => startBoot({ ...boot, onText, onRecord })).then((run) =>
    process.send?.(run, () => process.exit()),
  )
})
