import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { UserError } from '../../base/user-error.js'

/**
 * What of a snapshot has been sent, kept on the disk: the service tells nobody which blocks a pending snapshot has. The file's first line is
 * the snapshot, each further one the index of a block that the service has acknowledged, or `complete`.
 */
export interface Journal {
  readonly file: string
  /** The snapshot that an earlier run began; undefined: none did. */
  readonly snapshotId: string | undefined
  readonly sent: ReadonlySet<number>
  /** The service was told that no further block comes. */
  readonly complete: boolean
  begin(snapshotId: string): void
  add(index: number): void
  end(): void
  /** There is nothing to go on with. */
  remove(): void
}

/** The journal of one disk's way into one region. */
export function openJournal(file: string, disk: string): Journal {
  let { snapshotId, sent, complete } = readJournal(file, disk)
  const write = (text: string, flag: 'w' | 'a') => {
    try {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text, { flag })
    } catch (cause) {
      throw new UserError(`the journal of the upload cannot be written: ${(cause as Error).message}`, {
        hint: 'choose another file: --resume FILE',
        cause,
      })
    }
  }
  const reset = (id: string | undefined) => {
    snapshotId = id
    sent = new Set()
    complete = false
  }
  return {
    file,
    get snapshotId() {
      return snapshotId
    },
    get sent() {
      return sent
    },
    get complete() {
      return complete
    },
    begin(id) {
      reset(id)
      write(`${JSON.stringify({ snapshotId: id, disk })}\n`, 'w')
    },
    add(index) {
      write(`${index}\n`, 'a')
      sent.add(index)
    },
    end() {
      write('complete\n', 'a')
      complete = true
    },
    remove() {
      reset(undefined)
      rmSync(file, { force: true })
    },
  }
}

interface Content {
  readonly snapshotId: string | undefined
  readonly sent: Set<number>
  readonly complete: boolean
}

function readJournal(file: string, disk: string): Content {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole === '' && !isHeadBegun(text)) throw notOfDisk(file)
  if (whole !== text) writeFileSync(file, whole) // the last line was not written to its end
  const [head = '', ...lines] = whole.split('\n')
  if (head === '') return { snapshotId: undefined, sent: new Set(), complete: false }
  const known = parseHead(head)
  if (known?.disk !== disk) throw notOfDisk(file)
  const sent = new Set(lines.filter((line) => /^\d+$/.test(line)).map(Number))
  return { snapshotId: known.snapshotId, sent, complete: lines.includes('complete') }
}

function isHeadBegun(text: string): boolean {
  return '{"snapshotId":'.startsWith(text.slice(0, 14))
}

// It is not ours to write over.
function notOfDisk(file: string): UserError {
  return new UserError('this file is not the journal of an upload of this disk', {
    where: file,
    hint: 'choose another file, or none: --resume auto',
  })
}

/** Where the journal is when the user does not say: the artefact's folder stays as it was built, and building again changes nothing. */
export function journalFile(disk: string, region: string): string {
  return join(stateFolder(), 'unik', 'publish', `${region}-${disk.slice(0, 32)}.journal`)
}

// XDG Base Directory Specification; Windows has no such folder but for local application data.
function stateFolder(): string {
  const { XDG_STATE_HOME, LOCALAPPDATA } = process.env
  if (process.platform === 'win32') return LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local')
  return XDG_STATE_HOME || join(homedir(), '.local', 'state')
}

function parseHead(line: string): { readonly snapshotId: string; readonly disk: string } | undefined {
  try {
    const value = JSON.parse(line)
    return typeof value?.snapshotId === 'string' && typeof value.disk === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
