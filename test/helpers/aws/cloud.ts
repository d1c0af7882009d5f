import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'

/** What the services of one account know. */
export interface Cloud {
  readonly snapshots: Map<string, Snapshot>
  readonly images: Map<string, Image>
  /** Of StartSnapshot: what was asked, and the answer. */
  readonly tokens: Map<string, { readonly request: string; readonly snapshotId: string }>
  /** How often each block was acknowledged, over all snapshots: a block that is sent twice was not remembered. */
  readonly acknowledged: number[]
  /** What no good client does, though the service would bear it. */
  readonly complaints: string[]
}

export interface Snapshot {
  readonly id: string
  /** GiB. */
  readonly volumeSize: number
  readonly tags: Readonly<Record<string, string>>
  readonly blocks: Map<number, Buffer>
  state: 'pending' | 'completed' | 'error'
  sealed: boolean
  /** How often it is still said to be pending. */
  patience: number
}

export interface Image {
  readonly id: string
  readonly name: string
  readonly bootMode: string
  readonly snapshotId: string
  readonly tags: Readonly<Record<string, string>>
  readonly request: Readonly<Record<string, string>>
  state: 'pending' | 'available' | 'failed' | 'deregistered'
  patience: number
}

export const blockSize = 524_288
export const GiB = 2 ** 30

export function emptyCloud(): Cloud {
  return { snapshots: new Map(), images: new Map(), tokens: new Map(), acknowledged: [], complaints: [] }
}

let count = 0

/** snap-00000000000000001 */
export function newId(kind: 'snap' | 'ami'): string {
  return `${kind}-${(++count).toString(16).padStart(17, '0')}`
}

/** The volume that EC2 would make of a snapshot. */
export function writeVolume(
  { volumeSize, blocks }: Pick<Snapshot, 'volumeSize' | 'blocks'>,
  file: string,
): void {
  const handle = openSync(file, 'w')
  for (const [index, data] of blocks) writeSync(handle, data, 0, data.length, index * blockSize)
  ftruncateSync(handle, volumeSize * GiB)
  closeSync(handle)
}
