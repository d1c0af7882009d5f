import { UserError } from '../base/user-error.js'
import type { PortForward } from '../boot/machine.js'
import { environmentNames } from './config/keys.js'
import { Flags } from './oclif.js'
import { isPort } from './port.js'

/** `--env K=V`, repeatable. */
export const envFlag = Flags.string({
  description: 'environment of the app, K=V (repeatable)',
  multiple: true,
  helpValue: 'K=V',
})

/** The words of `--env` as an environment. */
export function environment(words: readonly string[] | undefined): Record<string, string> {
  const env = assignments('--env', words)
  for (const name of Object.keys(env))
    if (!environmentNames.pattern.test(name))
      throw new UserError(`--env ${name}: its name must be ${environmentNames.form}`, { status: 2 })
  return env
}

/** The words of a repeatable flag that takes NAME=VALUE. */
export function assignments(flag: string, words: readonly string[] | undefined): Record<string, string> {
  return Object.fromEntries((words ?? []).map((word) => assignment(flag, word)))
}

/** The two sides of the first equals sign. */
export function assignment(flag: string, word: string, form = 'NAME=VALUE'): [string, string] {
  const at = word.indexOf('=')
  if (at < 1) throw new UserError(`${flag} ${word}: expected ${form}`, { status: 2 })
  return [word.slice(0, at), word.slice(at + 1)]
}

/** `--engine`: what runs the JavaScript. This version has one. */
export const engineFlag = Flags.string({
  description: 'what runs the JavaScript',
  options: ['quickjs', 'auto'],
  default: 'quickjs',
})

/** `--rootfs DIR --init PATH`: only together. */
export const rootfsFlags = {
  rootfs: Flags.directory({
    description: 'folder with a Linux program in place of an app',
    helpValue: 'DIR',
    dependsOn: ['init'],
  }),
  init: Flags.string({
    description: 'path of that program in the folder',
    helpValue: 'PATH',
    dependsOn: ['rootfs'],
  }),
}

/** What `rootfsFlags` say; undefined: an app. */
export function rootfsOf(flags: {
  rootfs?: string | undefined
  init?: string | undefined
}): { folder: string; init: string } | undefined {
  return flags.rootfs === undefined || flags.init === undefined
    ? undefined
    : { folder: flags.rootfs, init: flags.init }
}

/** `-m 32M`, `1G`, or a number of MiB. */
export function memory(text: string, flag = '-m'): number {
  const match = /^(\d+)([MG]?)$/i.exec(text)
  const size = Number(match?.[1]) * (match?.[2]?.toUpperCase() === 'G' ? 1024 : 1)
  if (match !== null && size > 0) return size
  throw new UserError(`${flag} ${text}: expected a size such as 32M or 1G`, { status: 2 })
}

/** `-p HOST:GUEST` */
export function portForward(text: string): PortForward {
  const match = /^(\d+):(\d+)$/.exec(text)
  const [host, guest] = [Number(match?.[1]), Number(match?.[2])]
  if (match !== null && isPort(host) && isPort(guest)) return { host, guest }
  throw new UserError(`-p ${text}: expected HOST:GUEST, two port numbers`, { status: 2 })
}

/** What `boot` and `dev` say of the machine alike. */
export const machineFlags = {
  memory: Flags.string({
    char: 'm',
    description: 'memory of the machine; default: what the image declares',
    helpValue: '32M',
  }),
  publish: Flags.string({
    char: 'p',
    description: "forward a port of 127.0.0.1; default: a free one to the app's",
    multiple: true,
    helpValue: 'HOST:GUEST',
  }),
  output: Flags.string({
    char: 'o',
    description: 'folder for what is built',
    default: 'dist',
    helpValue: 'DIR',
  }),
}
