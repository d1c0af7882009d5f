import { resolve } from 'node:path'
import { Problems } from '../base/user-error.js'
import type { Option } from '../targets/lib/option.js'
import { configProblems } from './config/check.js'
import type { UserConfig } from './config/config.js'
import { keys } from './config/keys.js'
import { assignment, memory } from './flags.js'
import { Flags } from './oclif.js'
import { targetNames, targetOptions } from './targets.js'

/** The keys of `unik.config.ts` as flags of `unik build`, but for those that have a flag of their own kind there. */
export const configFlags = {
  name: Flags.string({ description: keys.name.summary, helpValue: 'NAME' }),
  version: Flags.string({ description: keys.version.summary, helpValue: '1.2.3' }),
  description: Flags.string({ description: keys.description.summary, helpValue: 'TEXT' }),
  licence: Flags.string({ description: keys.licence.summary, helpValue: 'SPDX' }),
  maintainer: Flags.string({ description: keys.maintainer.summary, helpValue: 'NAME <ADDRESS>' }),
  memory: Flags.string({ description: keys.memory.summary, helpValue: '32M' }),
  assets: Flags.string({ description: keys.assets.summary, helpValue: 'DIR' }),
  port: Flags.integer({
    description: 'TCP port that the app listens on (repeatable; the first is PORT)',
    multiple: true,
    helpValue: 'PORT',
  }),
  option: Flags.string({
    description: 'option of a target (repeatable); docs/config.md lists them',
    multiple: true,
    helpValue: 'TARGET.NAME=VALUE',
  }),
}

type Given = {
  readonly [Name in keyof typeof configFlags]?: Name extends 'port'
    ? readonly number[] | undefined
    : Name extends 'option'
      ? readonly string[] | undefined
      : string | undefined
}

/** What these flags say, checked as the file is; paths are relative to `cwd`. */
export async function readConfigFlags(flags: Given, cwd: string): Promise<UserConfig> {
  const { name, version, description, licence, maintainer, port, option } = flags
  const config = {
    ...{ name, version, description, licence, maintainer },
    memory: flags.memory === undefined ? undefined : memory(flags.memory, '--memory'),
    assets: flags.assets === undefined ? undefined : resolve(cwd, flags.assets),
    ports: port,
    options: option === undefined ? undefined : await readOptions(option),
  }
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
  const problems = new Problems()
  for (const problem of await configProblems(given, (key) => keys[key as keyof typeof keys].flag))
    problems.add(problem)
  problems.stopHere('flags are wrong:', { status: 2, hint: 'docs/config.md lists keys and options' })
  return given
}

/** What was said of each target; a name that does not exist is kept for the check. */
async function readOptions(words: readonly string[]): Promise<Record<string, Record<string, unknown>>> {
  const all: Record<string, Record<string, unknown>> = {}
  for (const word of words) {
    const [path, text] = assignment('--option', word, 'TARGET.NAME=VALUE')
    const [target = '', name = ''] = path.split(/\.(.*)/s)
    const declared = targetNames().includes(target) ? (await targetOptions(target))[name] : undefined
    const before = all[target] ?? {}
    all[target] = {
      ...before,
      [name]: declared === undefined ? text : readValue(declared, text, before[name]),
    }
  }
  return all
}

/** Text that is none of what the option takes is handed on as text, for the check to tell. */
function readValue({ type }: Option, text: string, before: unknown): unknown {
  if (type === 'list') return [...((before as readonly string[] | undefined) ?? []), text]
  if (type === 'map') {
    const [name, value] = assignment('--option', text, 'NAME=VALUE behind the option of a map')
    return { ...(before as object | undefined), [name]: value }
  }
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  return type === 'integer' && /^\d+$/.test(text) ? Number(text) : text
}
