import type { Option, Options } from '../../targets/lib/option.js'

/** A key of `unik.config.ts`: from these the type of the file, its checks and docs/config.md are made. */
export type Key = (Option | OwnForm) & {
  /** What holds without it. */
  readonly otherwise: string
  /** What says the same on the command line of `unik build`. */
  readonly flag: string
}

/** A form that no option of a target has. */
type OwnForm = { readonly summary: string } & (
  | { readonly type: 'targets' }
  | { readonly type: 'ports' }
  | { readonly type: 'options' }
  | { readonly type: 'apps' }
)

/** A label of a host name (RFC 1123, 2.1), which is what clusters and registries take. */
const nameForm = {
  pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  form: 'of 1 to 63 of a-z, 0-9 and -, with no - at an end',
} as const

/** What shells, systemd and kernel command lines take as the name of a variable (POSIX, 8.1, with small letters). */
export const environmentNames = {
  pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
  form: 'of A-Z, a-z, 0-9 and _, with no digit first',
} as const

export const keys = {
  name: {
    type: 'text',
    summary: 'name of the app and of its artefacts',
    ...nameForm,
    otherwise: '`name` of package.json, else the entry’s',
    flag: '--name',
  },
  version: {
    type: 'text',
    summary: 'version of the app, for packages and labels',
    pattern: /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/,
    form: 'a version such as 1.2.3',
    otherwise: '`version` of package.json, else 0.0.0',
    flag: '--version',
  },
  description: {
    type: 'text',
    summary: 'the app in one line',
    otherwise: '`description` of package.json',
    flag: '--description',
  },
  licence: {
    type: 'text',
    summary: 'licence of the app, as an SPDX expression',
    otherwise: '`license` of package.json, else UNLICENSED',
    flag: '--licence',
  },
  maintainer: {
    type: 'text',
    summary: 'who answers for packages',
    pattern: /^[^<>\s][^<>\n]*<[^<>@\s]+@[^<>@\s]+>$/,
    form: 'of the form Name <address>',
    otherwise: '`author` of package.json',
    flag: '--maintainer',
  },
  entry: {
    type: 'text',
    summary: 'the file that the app starts with',
    otherwise: '`main` of package.json, else src/index.ts',
    flag: 'ENTRY',
  },
  apps: {
    type: 'apps',
    summary: 'several apps in one artefact, in place of `entry`: which requests are whose',
    otherwise: 'one app',
    flag: 'ENTRY ENTRY…',
  },
  targets: {
    type: 'targets',
    summary: 'what `unik build` builds; `all` is every target',
    otherwise: '`linux` and `qemu`',
    flag: '--target',
  },
  env: {
    type: 'map',
    names: environmentNames,
    values: { pattern: /^[^\0]*$/, form: 'a string without NUL' },
    summary: 'default environment, part of the app; the real environment overrides it',
    otherwise: 'empty',
    flag: '--env',
  },
  ports: {
    type: 'ports',
    summary: 'TCP ports that the app listens on: they are published; the first is PORT, unless `env` has one',
    otherwise: 'PORT of `env`, else 8080',
    flag: '--port',
  },
  memory: {
    type: 'integer',
    summary: 'MiB that an image gets when nobody says otherwise',
    minimum: 1,
    maximum: 1 << 20,
    otherwise: 'twice what it needs, at least 32',
    flag: '--memory',
  },
  assets: {
    type: 'text',
    summary: 'a folder whose files the app reads below /app',
    otherwise: 'none',
    flag: '--assets',
  },
  options: {
    type: 'options',
    summary: 'options of single targets, by target and name',
    otherwise: 'their defaults',
    flag: '--option',
  },
} as const satisfies Readonly<Record<string, Key>>

const hostForm = {
  pattern: /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$|^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.\*$/i,
  form: 'a host name without port, *.NAME or NAME.*',
} as const

/** What each item of `apps` may say. */
export const appKeys = {
  entry: { type: 'text', summary: 'entry file or project folder of the app' },
  name: { type: 'text', summary: 'name of the app', ...nameForm },
  host: {
    type: 'list',
    summary:
      'host names that are the app’s, one or a list; `*.shop.example` is every name below, `shop.*` the name under any domain',
    ...hostForm,
  },
  path: {
    type: 'text',
    summary: 'path below which requests are the app’s, which does not see it; `/` is everything else',
    pattern: /^\/$|^(?:\/(?!\.{1,2}(?:\/|$))[\w.~!$&'()*+,;=:@-]+)+$/,
    form: '/, or a path such as /shop without a slash at the end',
  },
} as const satisfies Options
