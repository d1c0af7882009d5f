import { UserError, type UserErrorOptions } from './user-error.js'

/** What this machine lacks, through no fault of what it was asked to run: a program, firmware, a right. A test is skipped by it, not failed. */
export class Unavailable extends UserError {
  /** As it stands behind "needs": `the package runc`, `root`. */
  readonly needs: string

  constructor(needs: string, message: string, options: UserErrorOptions = {}) {
    super(message, options)
    this.name = 'Unavailable'
    this.needs = needs
  }
}
