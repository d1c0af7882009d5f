import { UserError } from '../../base/user-error.js'

/** 2000-01-01: later than what packaging tools take for a mistake. */
const fixedDate = 946_684_800

/** Seconds since 1970 for formats in which a date must stand: SOURCE_DATE_EPOCH (reproducible-builds.org), else always the same. */
export function sourceDate(environment: Readonly<Record<string, string | undefined>> = process.env): number {
  const given = environment.SOURCE_DATE_EPOCH
  if (given === undefined || given === '') return fixedDate
  if (/^\d{1,10}$/.test(given)) return Number(given)
  throw new UserError(`SOURCE_DATE_EPOCH is "${given}", not a number of seconds since 1970`, { status: 2 })
}
