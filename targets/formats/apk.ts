import { createPrivateKey, sign } from 'node:crypto'
import { UserError } from '../../base/user-error.js'
import { bytesOf, type Content, contentOf, hashOf, keepContent, sha256Of } from './content.js'
import { type ArchiveEntry, entryData, type RootfsEntry } from './entry.js'
import { gunzipMembers, gzip, gzipStream } from './gzip.js'
import { readTar, tarPieces, writeTar } from './tar.js'

/** A package of apk-tools, version 2 of the format (apk-package(5), Alpine's wiki "Apk spec"). */
export interface ApkPackage {
  /** Lines of .PKGINFO, in order; `size` and `datahash` are added. A key may stand several times. */
  readonly info: readonly (readonly [key: string, value: string])[]
  /** By name without the dot: pre-install, post-install, … */
  readonly scripts: Readonly<Record<string, string>>
  readonly files: readonly RootfsEntry[]
  /** Seconds since 1970, of every file. */
  readonly mtime: number
  readonly key?: SigningKey
}

export interface SigningKey {
  /** File name of the public key below /etc/apk/keys. */
  readonly publicName: string
  /** PEM of the RSA key. */
  readonly privateKey: string
}

/**
 * Three gzip members that are one tar archive together, so that only the last ends it: the signature, of the second member as it is
 * compressed; what the package tells of itself, with the digest of the third; the files.
 */
export function writeApk({ info, scripts, files, mtime, key }: ApkPackage): Content {
  const options = { mtime, owner: 'root' }
  const archive = contentOf(tarPieces(files, { ...options, records: checksum }))
  const data = keepContent(gzipStream(archive.parts()))
  const size = files.reduce((sum, file) => sum + entryData(file).length, 0)
  const lines = [...info, ['size', String(size)], ['datahash', sha256Of(data)]]
  const control = gzip(
    writeTar(
      [
        textEntry('.PKGINFO', lines.map(([name, value]) => `${name} = ${value}\n`).join(''), 0o644),
        ...Object.entries(scripts).map(([name, script]) => textEntry(`.${name}`, script, 0o755)),
      ],
      { ...options, unended: true },
    ),
  )
  if (key === undefined) return contentOf([control, data])
  const signature: RootfsEntry = {
    path: `${signaturePrefix}${key.publicName}`,
    type: 'file',
    mode: 0o644,
    data: signWith(key, control),
  }
  return contentOf([gzip(writeTar([signature], { ...options, unended: true })), control, data])
}

/** RSA over SHA-1 is what every apk-tools knows, and what Alpine's own packages have. */
const signaturePrefix = '.SIGN.RSA.'

function signWith(key: SigningKey, data: Uint8Array): Uint8Array {
  try {
    const privateKey = createPrivateKey(key.privateKey)
    if (privateKey.asymmetricKeyType === 'rsa') return sign('sha1', data, privateKey)
  } catch (error) {
    throw new UserError('the key for the signature cannot be read', { cause: error })
  }
  throw new UserError('the key for the signature is not an RSA key', {
    hint: 'make one: abuild-keygen, or openssl genrsa',
  })
}

function checksum(entry: ArchiveEntry): Readonly<Record<string, string>> {
  if (entry.type === 'dir') return {}
  return { 'APK-TOOLS.checksum.SHA1': hashOf('sha1', entryData(entry)).digest('hex') }
}

export interface ReadApk {
  readonly info: readonly (readonly [key: string, value: string])[]
  readonly scripts: Readonly<Record<string, string>>
  readonly files: RootfsEntry[]
  readonly signature?: { readonly publicName: string; readonly data: Uint8Array; readonly over: Uint8Array }
}

/** Checks the digest of the files; whose signature it is, the caller must. */
export function readApk(file: Uint8Array): ReadApk {
  const members = gunzipMembers(file)
  const [first] = members
  const signatures = first === undefined ? [] : readUnended(first.data).filter(isSignature)
  const [control, data] = signatures.length === 0 ? members : members.slice(1)
  if (control === undefined || data === undefined || members.length > 3)
    throw new UserError(`not a package of apk: ${members.length} gzip members`)
  const controls = readUnended(control.data)
  const info = controls.find(({ path }) => path === '.PKGINFO')
  if (info === undefined) throw new UserError('not a package of apk: it has no .PKGINFO')
  const rows = parseInfo(new TextDecoder().decode(info.data))
  if (rows.find(([key]) => key === 'datahash')?.[1] !== sha256Of(data.compressed))
    throw new UserError('the package is damaged: the digest of its files differs')
  const [signature] = signatures
  return {
    info: rows,
    scripts: Object.fromEntries(
      controls
        .filter((entry) => entry !== info)
        .map(({ path, data: script }) => [path.slice(1), new TextDecoder().decode(script)]),
    ),
    files: readTar(data.data),
    ...(signature === undefined
      ? {}
      : {
          signature: {
            publicName: signature.path.slice(signaturePrefix.length),
            data: signature.data ?? new Uint8Array(),
            over: control.compressed,
          },
        }),
  }
}

const isSignature = ({ path }: RootfsEntry): boolean => path.startsWith(signaturePrefix)

function readUnended(archive: Uint8Array): RootfsEntry[] {
  return readTar(bytesOf(contentOf([archive, new Uint8Array(1024)])))
}

function parseInfo(text: string): [string, string][] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, key, value] = /^(\w+) = (.*)$/.exec(line) ?? []
      if (key === undefined || value === undefined) throw new UserError(`not a line of .PKGINFO: ${line}`)
      return [key, value]
    })
}

function textEntry(path: string, text: string, mode: number): RootfsEntry {
  return { path, type: 'file', mode, data: new TextEncoder().encode(text) }
}
