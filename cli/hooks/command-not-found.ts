import type { Hook } from '@oclif/core'
import { nearest } from '../../base/nearest.js'
import { UserError } from '../../base/user-error.js'
import { showError } from '../command.js'

/** A command that does not exist: as any wrong usage, with the one that was probably meant. */
const commandNotFound: Hook.CommandNotFound = async function ({ id, config }) {
  const word = id.split(':')[0] ?? id
  const known = config.commandIDs.filter((name) => !name.includes(':')).sort()
  const similar = nearest(word, known)
  const error = new UserError(
    `no such command: ${word}${similar === undefined ? '' : `, did you mean ${similar}?`}`,
    { hint: `commands: ${known.join(', ')}; unik COMMAND --help tells more`, status: 2 },
  )
  this.exit(showError(error, process.argv.includes('--json')))
}
export default commandNotFound
