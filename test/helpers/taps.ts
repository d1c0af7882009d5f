import { accessSync, constants } from 'node:fs'
import type { Context } from 'mocha'
import { skip } from './tool.js'

/** Skips a test, saying why, where no network card of the host's own can be made: that takes root and /dev/net/tun. */
export function needTaps(test: Context): void {
  if (!canMakeTaps()) skip(test, 'needs root and /dev/net/tun')
}

function canMakeTaps(): boolean {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
  } catch {
    return false
  }
  return process.getuid?.() === 0
}
