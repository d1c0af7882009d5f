import { UserError } from '../../base/user-error.js'

/** Runs a reader of foreign bytes, and says which format it was when a number there cannot be one. */
export function explained<T>(format: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) throw damaged(format, 'a number is out of range')
    throw error
  }
}

export function damaged(format: string, why: string): UserError {
  return new UserError(`not ${format} that can be read: ${why}`)
}
