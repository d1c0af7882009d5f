import { ByteWriter } from '../base/byte-writer.js'
import { type Route, routeTable } from '../base/route-table.js'
import { assertSize, size64, struct, u32, u64 } from '../base/struct.js'
import type { Program } from '../compiler/program.js'
import type { LinkInput } from './image.js'
import { describeObject, type RelocationDescription } from './object-writer.js'
import {
  addText,
  type Contents,
  describeParts,
  environmentTable,
  inTexts,
  type Part,
  pointerTable,
  programParts,
} from './program-object.js'

/** Several apps that one app ELF holds. */
export interface HostedApps {
  readonly name: string
  readonly apps: readonly { readonly program: Program; readonly route: Route }[]
  /** Default environment of all, beside each program's own. */
  readonly env: Readonly<Record<string, string>>
}

/** struct unik_apps of runtime-x86_64/engine/program.h */
const appsStruct = struct({
  name: u64,
  programs: u64,
  count: size64,
  hosts: u64,
  hostCount: size64,
  paths: u64,
  pathCount: size64,
  env: u64,
})
assertSize(appsStruct, 64)
/** struct unik_route */
const routeStruct = struct({ text: u64, size: size64, kind: u32, app: u32 })
assertSize(routeStruct, 24)
/** enum route_kind */
const kinds = { exact: 0, below: 1, under: 2 }

/** Compiled apps as an object that the engine's archives are linked with: `unik_apps`, and `unik_program` for the first. */
export function appsObject(hosted: HostedApps): LinkInput {
  const texts = new ByteWriter()
  const symbols = hosted.apps.map((_, i) => (i === 0 ? 'unik_program' : `unik_program_${i}`))
  const programs = hosted.apps.flatMap(({ program }, i) => programParts(program, symbols[i] as string, texts))
  const table = routeTable(hosted.apps.map(({ route }) => route))
  const hosts = table.hosts.map((row) => ({ ...row, kind: kinds[row.kind] }))
  const paths = table.paths.map((row) => ({ ...row, kind: 0 }))
  const parts: Part[] = [
    { symbol: 'unik_apps', isTable: true, ...appsTable(hosted, texts, [hosts.length, paths.length]) },
    { symbol: 'unik_programs', isTable: true, ...pointerTable(symbols.map(toSymbol), 0) },
    { symbol: 'unik_hosts', isTable: true, ...routeRows(hosts, texts) },
    { symbol: 'unik_paths', isTable: true, ...routeRows(paths, texts) },
    { symbol: 'unik_env', isTable: true, ...environmentTable(hosted.env, texts) },
    ...programs,
  ]
  const modules = new Set(['apps', ...hosted.apps.flatMap(({ program }) => program.modules)])
  return describeObject('program.o', describeParts(parts, texts, [...modules].sort()))
}

function toSymbol(symbol: string): { symbol: string } {
  return { symbol }
}

function appsTable(
  hosted: HostedApps,
  texts: ByteWriter,
  [hostCount, pathCount]: readonly [number, number],
): Contents {
  const { offsets } = appsStruct
  const count = hosted.apps.length
  const pointers = { name: 0n, programs: 0n, hosts: 0n, paths: 0n, env: 0n }
  return {
    contents: appsStruct.encode({ ...pointers, count, hostCount, pathCount }),
    relocations: [
      { offset: offsets.name, ...inTexts(addText(texts, hosted.name)) },
      { offset: offsets.programs, symbol: 'unik_programs' },
      { offset: offsets.hosts, symbol: 'unik_hosts' },
      { offset: offsets.paths, symbol: 'unik_paths' },
      { offset: offsets.env, symbol: 'unik_env' },
    ],
  }
}

interface Row {
  readonly text: string
  readonly kind: number
  readonly app: number
}

function routeRows(rows: readonly Row[], texts: ByteWriter): Contents {
  const out = new ByteWriter()
  const relocations: RelocationDescription[] = []
  for (const { text, kind, app } of rows) {
    const at = out.append(routeStruct, { text: 0n, size: Buffer.byteLength(text), kind, app })
    relocations.push({ offset: at + routeStruct.offsets.text, ...inTexts(addText(texts, text)) })
  }
  return { contents: out.finish(), relocations }
}
