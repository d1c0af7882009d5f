import { UserError } from '../../base/user-error.js'
import { readAr, writeAr } from './ar.js'
import { type Content, hashOf } from './content.js'
import { archiveOrder, type RootfsEntry } from './entry.js'
import { gunzip, gzip, gzipPieces } from './gzip.js'
import { readTar, type TarOptions, tarPieces, writeTar } from './tar.js'

/** A binary package: deb(5), deb-control(5). */
export interface DebPackage {
  /** Fields of the control file, in order; Installed-Size and what else follows from the files is added. */
  readonly control: Readonly<Record<string, string>>
  /** Maintainer scripts by name: preinst, postinst, prerm, postrm. */
  readonly scripts: Readonly<Record<string, string>>
  /** Absolute paths of files that an upgrade leaves as the administrator wrote them. */
  readonly conffiles: readonly string[]
  readonly files: readonly RootfsEntry[]
  /** Seconds since 1970, of every file. */
  readonly mtime: number
}

const formatVersion = '2.0\n'

export function writeDeb({ control, scripts, conffiles, files, mtime }: DebPackage): Content {
  const options: TarOptions = { mtime, owner: 'root', prefix: './' }
  const fields = { ...control, 'Installed-Size': String(installedSize(files)) }
  const entries = [
    textEntry('control', writeControl(fields), 0o644),
    textEntry('md5sums', md5sums(files, conffiles), 0o644),
    ...(conffiles.length === 0 ? [] : [textEntry('conffiles', conffiles.map(line).join(''), 0o644)]),
    ...Object.entries(scripts).map(([name, text]) => textEntry(name, text, 0o755)),
  ]
  const members = [
    { name: 'debian-binary', data: new TextEncoder().encode(formatVersion) },
    { name: 'control.tar.gz', data: gzip(writeTar(entries, options)) },
    { name: 'data.tar.gz', data: gzipPieces(tarPieces(files, options)) },
  ]
  return writeAr(members, mtime)
}

/** Reads packages whose members are compressed by gzip or not at all. */
export function readDeb(archive: Uint8Array): Omit<DebPackage, 'mtime'> {
  const [first, second, third] = readAr(archive)
  if (first?.name !== 'debian-binary' || !decode(first.data).startsWith('2.'))
    throw new UserError('not a Debian package: debian-binary does not come first')
  const controls = readTar(openMember(second, 'control.tar'))
  const textOf = (path: string) => {
    const found = controls.find((entry) => entry.path === path)
    return found?.data && decode(found.data)
  }
  const control = textOf('control')
  if (control === undefined) throw new UserError('not a Debian package: it has no control file')
  const scriptNames = ['preinst', 'postinst', 'prerm', 'postrm'].filter((name) => textOf(name) !== undefined)
  return {
    control: readControl(control),
    scripts: Object.fromEntries(scriptNames.map((name) => [name, textOf(name) ?? ''])),
    conffiles: (textOf('conffiles') ?? '').split('\n').filter((path) => path !== ''),
    files: readTar(openMember(third, 'data.tar')),
  }
}

function openMember(member: { name: string; data: Uint8Array } | undefined, name: string): Uint8Array {
  if (member?.name === name) return member.data
  if (member?.name === `${name}.gz`) return gunzip(member.data)
  throw new UserError(
    `not a Debian package that can be read here: ${member?.name ?? 'nothing'} for ${name}.gz`,
  )
}

/** A value of several lines is indented; an empty line of it becomes a full stop. */
function writeControl(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}: ${value.replace(/\n(?=\n|$)/g, '\n.').replaceAll('\n', '\n ')}\n`)
    .join('')
}

function readControl(text: string): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {}
  let key = ''
  for (const row of text.split('\n').filter((each) => each !== '')) {
    if (/^[ \t]/.test(row)) {
      fields[key] += `\n${row === ' .' ? '' : row.slice(1)}`
      continue
    }
    const colon = row.indexOf(':')
    if (colon < 1) throw new UserError(`not a control file: "${row}" is no field`)
    key = row.slice(0, colon)
    fields[key] = row.slice(colon + 1).trim()
  }
  return fields
}

/** KiB, as dpkg-gencontrol counts them: each file rounded up, one for everything else. */
function installedSize(files: readonly RootfsEntry[]): number {
  return files.reduce((sum, { data }) => sum + (data === undefined ? 1 : Math.ceil(data.length / 1024)), 0)
}

/** Configuration files are not listed: they are the administrator's to change. */
function md5sums(files: readonly RootfsEntry[], conffiles: readonly string[]): string {
  return archiveOrder(files)
    .filter(({ path, type }) => type === 'file' && !conffiles.includes(`/${path}`))
    .map(({ path, data = new Uint8Array() }) => line(`${hashOf('md5', data).digest('hex')}  ${path}`))
    .join('')
}

function textEntry(path: string, text: string, mode: number): RootfsEntry {
  return { path, type: 'file', mode, data: new TextEncoder().encode(text) }
}

const line = (text: string): string => `${text}\n`
const decode = (data: Uint8Array): string => new TextDecoder().decode(data)
