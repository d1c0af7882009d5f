import { ByteWriter } from '../../base/byte-writer.js'
import { assertSize, bytes, struct, text, u8, u16be, u32be } from '../../base/struct.js'
import { UserError } from '../../base/user-error.js'
import { type Content, contentOf, hashOf, sha256Of } from './content.js'
import { packageCpioPieces, readCpio } from './cpio.js'
import { level } from './deflate.js'
import { entryData, type RootfsEntry } from './entry.js'
import { gunzip, gzipPieces } from './gzip.js'
import { type RpmTags, type RpmValue, readRpmHeader, writeRpmHeader } from './rpm-header.js'
import { rpmTags as tag } from './rpm-tags.js'

/** A binary package of version 4 of the format, not signed. */
export interface RpmPackage {
  readonly name: string
  readonly version: string
  readonly release: string
  readonly summary: string
  readonly description: string
  readonly licence: string
  readonly url: string | undefined
  readonly packager: string
  /** Default: of programs of no kind. */
  readonly group?: string
  /** What else must be installed: `name`, or `name >= version`. */
  readonly requires?: readonly string[]
  readonly scripts: Partial<Readonly<Record<ScriptName, string>>>
  /** Files, links and the folders that are the package's own. */
  readonly files: readonly RpmFile[]
  /** Seconds since 1970: of the build, of every file and of the change log's entry. */
  readonly date: number
}

export interface RpmFile extends RootfsEntry {
  readonly kind?: 'config' | 'doc' | 'licence'
}

/** `config` is kept as the administrator wrote it: %config(noreplace). */
const fileFlags = { config: 1 | 16, doc: 2, licence: 128 }

type ScriptName = 'postin' | 'preun' | 'postun'
/** Script, its interpreter, and RPMSENSE_SCRIPT_… of what that requires. */
const scriptTags: Readonly<Record<ScriptName, { script: number; program: number; sense: number }>> = {
  postin: { script: tag.postIn, program: tag.postInProg, sense: 1 << 10 },
  preun: { script: tag.preUn, program: tag.preUnProg, sense: 1 << 11 },
  postun: { script: tag.postUn, program: tag.postUnProg, sense: 1 << 12 },
}
const sense = { equal: 8, greater: 4, less: 2, interpreter: 1 << 8, rpmlib: 1 << 24 }
const sha256Algorithm = 8
const typeBits = { file: 0o100000, dir: 0o040000, symlink: 0o120000 }

/** Only its signature and type are looked at today. */
const lead = struct({
  magic: u32be,
  major: u8,
  minor: u8,
  type: u16be,
  architecture: u16be,
  name: text(66),
  os: u16be,
  signatureType: u16be,
  reserved: bytes(16),
})
assertSize(lead, 96)
const leadMagic = 0xedabeedb

export function writeRpm(rpm: RpmPackage): Content {
  const files = [...rpm.files].sort((a, b) => (a.path < b.path ? -1 : 1))
  const archive = packageCpioPieces(files, rpm.date)
  const payload = gzipPieces(archive)
  const header = writeRpmHeader(
    tag.headerRegion,
    new Map([
      ...describe(rpm),
      ...listFiles(files, rpm.date),
      ...scriptsAndRequirements(rpm),
      [tag.payloadDigest, strings(sha256Of(payload))],
      [tag.payloadDigestAlgorithm, int32(sha256Algorithm)],
      [tag.archiveDigest, strings(sha256Of(contentOf(archive)))],
    ]),
  )
  const out = new ByteWriter(header.length + 1024)
  out.append(lead, {
    ...{ magic: leadMagic, major: 3, minor: 0, type: 0, architecture: 1, os: 1, signatureType: 5 },
    ...{ name: `${rpm.name}-${rpm.version}-${rpm.release}`.slice(0, 65), reserved: new Uint8Array() },
  })
  out.bytes(writeRpmHeader(tag.signatureRegion, digests(header, payload, contentOf(archive).length)))
  out.align(8)
  out.bytes(header)
  return contentOf([out.finish(), payload])
}

/** SHA-256 is what rpm 4.14 and later look at, the others what is older. */
function digests(header: Uint8Array, payload: Content, archiveSize: number): RpmTags {
  return new Map<number, RpmValue>([
    [tag.sigSha1, string(hashOf('sha1', header).digest('hex'))],
    [tag.sigSha256, string(sha256Of(header))],
    [tag.sigSize, int32(header.length + payload.length)],
    [tag.sigMd5, { type: 'binary', values: hashOf('md5', header, payload).digest() }],
    [tag.sigArchiveSize, int32(archiveSize)],
  ])
}

function describe(rpm: RpmPackage): [number, RpmValue][] {
  const full = `${rpm.version}-${rpm.release}`
  return [
    [tag.translations, strings('C')],
    [tag.name, string(rpm.name)],
    [tag.version, string(rpm.version)],
    [tag.release, string(rpm.release)],
    [tag.summary, { type: 'text', values: [rpm.summary] }],
    [tag.description, { type: 'text', values: [rpm.description] }],
    [tag.buildTime, int32(rpm.date)],
    [tag.buildHost, string('localhost')],
    [tag.size, int32(rpm.files.reduce((sum, file) => sum + entryData(file).length, 0))],
    [tag.licence, string(rpm.licence)],
    [tag.packager, string(rpm.packager)],
    [tag.group, { type: 'text', values: [rpm.group ?? 'Applications/System'] }],
    ...(rpm.url === undefined ? [] : [[tag.url, string(rpm.url)] as [number, RpmValue]]),
    [tag.os, string('linux')],
    [tag.architecture, string('x86_64')],
    [tag.sourceRpm, string(`${rpm.name}-${full}.src.rpm`)], // without one, tools take it for a source package
    [tag.provideName, strings(rpm.name, `${rpm.name}(x86-64)`)],
    [tag.provideFlags, int32(sense.equal, sense.equal)],
    [tag.provideVersion, strings(full, full)],
    [tag.changeTime, int32(noon(rpm.date))],
    [tag.changeName, strings(`${rpm.packager} - ${full}`)],
    [tag.changeText, strings(`- Version ${rpm.version}`)],
    [tag.payloadFormat, string('cpio')],
    [tag.payloadCompressor, string('gzip')],
    [tag.payloadLevel, string(String(level))],
    [tag.encoding, string('utf-8')],
  ]
}

function listFiles(files: readonly RpmFile[], date: number): [number, RpmValue][] {
  const folders = [...new Set(files.map(folderOf))]
  const each = (value: (file: RpmFile, index: number) => number) => int32(...files.map(value))
  const eachText = (value: (file: RpmFile) => string) => strings(...files.map(value))
  return [
    [tag.fileSizes, each((file) => (file.type === 'dir' ? 4096 : entryData(file).length))],
    [tag.fileModes, { type: 'int16', values: files.map(({ type, mode }) => typeBits[type] | mode) }],
    [tag.fileDevices, { type: 'int16', values: files.map(() => 0) }],
    [tag.fileTimes, each(() => date)],
    [tag.fileDigests, eachText((file) => (file.type === 'file' ? sha256Of(entryData(file)) : ''))],
    [tag.fileLinks, eachText(({ target = '' }) => target)],
    [tag.fileFlags, each(({ kind }) => (kind === undefined ? 0 : fileFlags[kind]))],
    [tag.fileUsers, eachText(() => 'root')],
    [tag.fileGroups, eachText(() => 'root')],
    [tag.fileVerifyFlags, each(() => 0xffffffff)],
    [tag.fileVolumes, each(() => 1)],
    [tag.fileInodes, each((_, index) => index + 1)],
    [tag.fileLanguages, eachText(() => '')],
    [tag.folderIndexes, each((file) => folders.indexOf(folderOf(file)))],
    [tag.baseNames, eachText(({ path }) => path.slice(path.lastIndexOf('/') + 1))],
    [tag.folderNames, strings(...folders)],
    [tag.fileDigestAlgorithm, int32(sha256Algorithm)],
  ]
}

/** `name >= version` as name, RPMSENSE_… and version. */
function requirement(text: string): readonly [name: string, flags: number, version: string] {
  const [name = '', comparison = '', version = ''] = text.split(' ')
  const flags = [
    comparison.includes('=') ? sense.equal : 0,
    comparison.includes('<') ? sense.less : 0,
    comparison.includes('>') ? sense.greater : 0,
  ]
  return [name, flags.reduce((all, flag) => all | flag), version]
}

function scriptsAndRequirements(rpm: RpmPackage): [number, RpmValue][] {
  const scripts = Object.entries(rpm.scripts) as [ScriptName, string][]
  const requirements = [
    ...scripts.map(([name]) => ['/bin/sh', sense.interpreter | scriptTags[name].sense, ''] as const),
    ...(rpm.requires ?? []).map(requirement),
    ['rpmlib(CompressedFileNames)', sense.rpmlib | sense.equal | sense.less, '3.0.4-1'] as const,
    ['rpmlib(FileDigests)', sense.rpmlib | sense.equal | sense.less, '4.6.0-1'] as const,
    ['rpmlib(PayloadFilesHavePrefix)', sense.rpmlib | sense.equal | sense.less, '4.0-1'] as const,
  ]
  return [
    ...scripts.flatMap(([name, script]): [number, RpmValue][] => [
      [scriptTags[name].script, string(script)],
      [scriptTags[name].program, strings('/bin/sh')],
    ]),
    [tag.requireName, strings(...requirements.map(([name]) => name))],
    [tag.requireFlags, int32(...requirements.map(([, flags]) => flags))],
    [tag.requireVersion, strings(...requirements.map(([, , version]) => version))],
  ]
}

/** Checks the SHA-256 of header and payload; compression is gzip. */
export function readRpm(file: Uint8Array): { readonly tags: RpmTags; readonly files: RootfsEntry[] } {
  if (file.length < lead.size || lead.decode(file).magic !== leadMagic)
    throw new UserError('not an RPM package: no signature')
  const signature = readRpmHeader(file, lead.size)
  const start = Math.ceil(signature.end / 8) * 8
  const { tags, end } = readRpmHeader(file, start)
  const payload = file.subarray(end)
  expectDigest(signature.tags.get(tag.sigSha256), file.subarray(start, end), 'header')
  expectDigest(tags.get(tag.payloadDigest), payload, 'payload')
  return { tags, files: readCpio(gunzip(payload)) }
}

function expectDigest(wanted: RpmValue | undefined, data: Uint8Array, of: string): void {
  if (wanted?.values[0] !== sha256Of(data))
    throw new UserError(`the RPM package is damaged: the SHA-256 of its ${of} differs`)
}

function folderOf({ path }: RootfsEntry): string {
  return `/${path.slice(0, path.lastIndexOf('/') + 1)}`
}

/** Entries of change logs have a day; rpm keeps noon of it. */
const noon = (date: number): number => date - (date % 86_400) + 43_200
const string = (value: string): RpmValue => ({ type: 'string', values: [value] })
const strings = (...values: string[]): RpmValue => ({ type: 'strings', values })
const int32 = (...values: number[]): RpmValue => ({ type: 'int32', values })
