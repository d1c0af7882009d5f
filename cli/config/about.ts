import { UserError } from '../../base/user-error.js'
import type { About } from '../../targets/lib/target.js'
import type { UserConfig } from './config.js'
import { keys } from './keys.js'

/** What a package has to say of the app: unik.config.ts first, then package.json, then what is true of any app. */
export function aboutApp(
  name: string,
  config: UserConfig,
  manifest: Readonly<Record<string, unknown>>,
): About {
  const repository = isRecord(manifest.repository) ? manifest.repository.url : manifest.repository
  return {
    version: config.version ?? versionOf(manifest) ?? '0.0.0',
    description: config.description ?? textOf(manifest.description) ?? `Program ${name}, made by unik`,
    licence: config.licence ?? textOf(manifest.license) ?? 'UNLICENSED',
    maintainer: config.maintainer ?? person(manifest.author) ?? 'Nobody <nobody@example.invalid>',
    homepage: textOf(manifest.homepage) ?? webAddress(textOf(repository)),
  }
}

/** Files are named after it. npm takes a v before it, too. */
function versionOf(manifest: Readonly<Record<string, unknown>>): string | undefined {
  const version = textOf(manifest.version)?.replace(/^v(?=\d)/, '')
  if (version === undefined || keys.version.pattern.test(version)) return version
  throw new UserError(`version of package.json: ${version} is no version such as 1.2.3`, {
    hint: 'correct it there, or give one: `version` in unik.config.ts, or --version',
  })
}

/** `Name <address> (page)` or the same as an object; packages want name and address. */
function person(author: unknown): string | undefined {
  const given = textOf(isRecord(author) ? `${author.name ?? ''} <${author.email ?? ''}>` : author)
  return given === undefined ? undefined : /^[^<>]*\S *<[^<>@\s]+@[^<>@\s]+>/.exec(given)?.[0]
}

function webAddress(repository: string | undefined): string | undefined {
  return repository && /https:\/\/[^\s#]+/.exec(repository)?.[0]?.replace(/\.git$/, '')
}

function textOf(value: unknown): string | undefined {
  const line = typeof value === 'string' ? value.replace(/[\s\p{Cc}]+/gu, ' ').trim() : ''
  return line === '' ? undefined : line
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
