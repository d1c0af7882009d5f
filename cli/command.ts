import { nearest } from '../base/nearest.js'
import { UserError } from '../base/user-error.js'
import { Command, Flags } from './oclif.js'

/** What our commands share: errors as one sentence with the right exit status, and `--json` as one document on stdout. */
export abstract class UnikCommand extends Command {
  static override enableJsonFlag = true

  /** Set by a command whose exit status is not 0 although it did what it was asked (boot: the app's own). */
  protected status = 0

  /** Also beside `--json`, where oclif's own says nothing: what goes there is no part of the document. */
  override logToStderr(text = ''): void {
    process.stderr.write(`${text}\n`)
  }

  override async catch(error: Error & { oclif?: { exit?: number } }): Promise<void> {
    process.exitCode = showError(error, this.jsonEnabled())
  }

  override async finally(error: Error | undefined): Promise<void> {
    await super.finally(error)
    if (error === undefined && this.status !== 0) process.exitCode = this.status
  }
}

/** Tells an error on stderr or, with `--json`, as one document on stdout; returns the exit status that goes with it. */
export function showError(error: Error & { oclif?: { exit?: number } }, json: boolean): number {
  const { status, document } = explain(error)
  if (json) process.stdout.write(`${JSON.stringify({ error: document }, null, 2)}\n`)
  else process.stderr.write(`${format(error, document)}\n`)
  return status
}

/** `-t a,b -t c` */
export const targetFlag = Flags.string({
  char: 't',
  description: "targets, separated by commas, or all; default: the configuration's, else linux,qemu",
  helpValue: 'NAME,…',
  multiple: true,
  delimiter: ',',
})

interface ErrorDocument {
  readonly message: string
  readonly where?: string
  readonly hint?: string
}

function explain(error: Error & { oclif?: { exit?: number } }): { status: number; document: ErrorDocument } {
  if (error instanceof UserError)
    return {
      status: error.status,
      document: {
        message: error.message,
        ...(error.where === undefined ? {} : { where: error.where }),
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      },
    }
  // oclif's own errors are wrong usage; anything else is a bug of ours.
  if (error.oclif !== undefined)
    return { status: 2, document: { message: usageMessage(error), hint: 'see unik --help' } }
  return {
    status: 125,
    document: {
      message: `internal error: ${error.message}`,
      hint: 'this is a bug of unik, please report it',
    },
  }
}

function usageMessage(error: Error & Partial<UnknownFlags>): string {
  const [flag] = error.flags ?? []
  if (flag === undefined || error.parse === undefined) return firstSentence(error.message)
  const known = Object.keys(error.parse.input.flags).map((name) => `--${name}`)
  const similar = nearest(flag.replace(/=.*/, ''), known)
  return `no such flag: ${flag}${similar === undefined ? '' : `, did you mean ${similar}?`}`
}

/** What oclif's error of a flag that does not exist holds. */
interface UnknownFlags {
  readonly flags: readonly string[]
  readonly parse: { readonly input: { readonly flags: object } }
}

function firstSentence(message: string): string {
  return message
    .replace(/\nSee more help with --help$/, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ': ')
}

function format(error: Error, document: ErrorDocument): string {
  const color = useColor()
  const red = color ? '\x1b[31m' : ''
  const dim = color ? '\x1b[2m' : ''
  const reset = color ? '\x1b[0m' : ''
  const lines = [`${red}error:${reset} ${document.message}`]
  if (document.where !== undefined) lines.push(`  at ${document.where}`)
  if (error instanceof UserError && error.detail !== undefined) lines.push('', error.detail, '')
  if (document.hint !== undefined) lines.push(`${dim}hint:${reset} ${document.hint}`)
  if (document.message.startsWith('internal error')) lines.push(error.stack ?? '')
  return lines.join('\n')
}

// Colours only on a terminal, and never with NO_COLOR or in CI.
function useColor(): boolean {
  return process.stderr.isTTY === true && process.env.NO_COLOR === undefined && process.env.CI === undefined
}
