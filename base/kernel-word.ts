import { UserError } from './user-error.js'

/** A word of a kernel command line, in Linux's syntax: one with spaces stands in double quotes, which cannot be escaped. */
export function kernelWord(text: string): string {
  if (/["\n]/.test(text))
    throw new UserError(`a kernel command line cannot hold ${JSON.stringify(text)}`, {
      hint: 'unik build --env puts it into an app; any program can read it from a file',
      status: 2,
    })
  return text === '' || /\s/.test(text) ? `"${text}"` : text
}
