import type { RootfsEntry } from '../formats/entry.js'
import { documentLevel, gzip } from '../formats/gzip.js'
import { needApp } from './need-app.js'
import type { Build } from './target.js'

/** A regular file of text. */
export function textFile(path: string, text: string, mode = 0o644): RootfsEntry {
  return { path, type: 'file', mode, data: new TextEncoder().encode(text) }
}

/** The app as a command. */
export function programFile(build: Build, target: string): RootfsEntry {
  return { path: `usr/bin/${build.name}`, type: 'file', mode: 0o755, data: needApp(build, target).bytes }
}

/** man-pages(7), section 1. */
export function manualPage(build: Build): RootfsEntry {
  const { name, about } = build
  const [first, ...others] = build.ports
  const also = others.length === 0 ? '' : `, and on ${others.join(', ')}`
  const server = first === undefined ? '' : ` It listens on TCP port ${first}, or what PORT says${also}.`
  const page = `.TH ${roff(name.toUpperCase())} 1 "" "${roff(`${name} ${about.version}`)}"
.SH NAME
${roff(name)} \\- ${roff(about.description)}
.SH SYNOPSIS
.B ${roff(name)}
.RI [ argument ...]
.SH DESCRIPTION
${roff(`${about.description.replace(/[.]?$/, '.')}${server}`)}
.SH ENVIRONMENT
${Object.entries(build.env)
  .map(([key, value]) => `.TP\n.B ${roff(key)}\n${roff(`Default: ${value}`)}\n`)
  .join('')}Further variables are the app's own.
`
  const path = `usr/share/man/man1/${name}.1.gz`
  return { path, type: 'file', mode: 0o644, data: gzip(new TextEncoder().encode(page), documentLevel) }
}

/** groff_char(7): what roff would show as typographical quotes and accents. */
const roffNames: Readonly<Record<string, string>> = { '"': 'dq', "'": 'aq', '`': 'ga', '^': 'ha', '~': 'ti' }

/** Text that roff(7) prints as it is, in one line. */
function roff(text: string): string {
  const safe = text
    .replace(/\s+/g, ' ')
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/["'`^~]/g, (character) => `\\(${roffNames[character]}`)
  return /^[.]/.test(safe) ? `\\&${safe}` : safe
}
