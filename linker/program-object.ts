import { ByteWriter } from '../base/byte-writer.js'
import { assertSize, size64, struct, u64 } from '../base/struct.js'
import type { Program } from '../compiler/program.js'
import type { LinkInput } from './image.js'
import {
  describeObject,
  type ObjectDescription,
  type RelocationDescription,
  type SectionDescription,
  type SymbolDescription,
} from './object-writer.js'

/** struct unik_program of runtime-x86_64/engine/program.h. Pointers are filled in by relocations. */
const programStruct = struct({
  name: u64,
  bytecode: u64,
  bytecodeSize: size64,
  assets: u64,
  assetCount: size64,
  env: u64,
})
assertSize(programStruct, 48)
/** struct unik_asset */
const assetStruct = struct({ path: u64, data: u64, size: size64 })
assertSize(assetStruct, 24)

const POINTER_SIZE = 8

/** A compiled app as an object that the engine's archives are linked with. */
export function programObject(program: Program): LinkInput {
  return describeObject('program.o', describeProgram(program))
}

/**
 * `unik_program`, what it points at, and one reference for each engine module in use, which is what fetches the module
 * from its archive.
 */
export function describeProgram(program: Program): ObjectDescription {
  const texts = new ByteWriter()
  return describeParts(programParts(program, 'unik_program', texts), texts, program.modules)
}

/** A program's table under the name `symbol`, and what it points at. */
export function programParts(program: Program, symbol: string, texts: ByteWriter): Part[] {
  const name = addText(texts, program.name)
  const assets = sortedByPath(program).map(({ path, data }, i): PlacedAsset => {
    return { path: addText(texts, path), data, symbol: `${symbol}_asset_${i}` }
  })
  const env = environmentTable(program.env, texts)
  return [
    { symbol, isTable: true, ...programTable(program, symbol, name) },
    { symbol: `${symbol}_assets`, isTable: true, ...assetTable(assets) },
    { symbol: `${symbol}_env`, isTable: true, ...env },
    { symbol: `${symbol}_bytecode`, contents: program.bytecode },
    ...assets.map(({ symbol, data }) => ({ symbol, contents: data })),
  ]
}

/** An object of these parts, with the texts that they point at and references to the engine modules in use. */
export function describeParts(
  parts: readonly Part[],
  texts: ByteWriter,
  names: readonly string[],
): ObjectDescription {
  const modules = names.map((module) => ({ symbol: `unik_module_${module.replaceAll('-', '_')}` }))
  const all: Part[] = [
    ...parts,
    { symbol: 'unik_modules', isTable: true, retain: true, ...pointerTable(modules, 0) },
    { symbol: 'unik_texts', contents: texts.finish() },
  ]
  const undefinedSymbols = modules.map(({ symbol }) => ({ name: symbol }))
  return { sections: all.map(describeSection), symbols: [...all.map(describeSymbol), ...undefinedSymbols] }
}

/** One section with one symbol, its start. Tables hold pointers: relocated by start code, then read-only. */
export interface Part {
  readonly symbol: string
  readonly contents: Uint8Array
  readonly relocations?: readonly RelocationDescription[]
  readonly isTable?: boolean
  readonly retain?: boolean
}

function sectionName({ symbol, isTable }: Part): string {
  return `${isTable ? '.data.rel.ro' : '.rodata'}.${symbol}`
}

function describeSection(part: Part): SectionDescription {
  const { contents, relocations = [], isTable = false, retain = false } = part
  return { name: sectionName(part), contents, relocations, align: 16, writable: isTable, retain }
}

function describeSymbol(part: Part): SymbolDescription {
  const { symbol, contents } = part
  const binding = symbol === 'unik_program' || symbol === 'unik_apps' ? 'global' : 'local'
  return { name: symbol, section: sectionName(part), size: contents.length, type: 'object', binding }
}

/** In the order of memcmp, which the engine searches by. */
function sortedByPath(program: Program): { readonly path: Uint8Array; readonly data: Uint8Array }[] {
  return program.assets
    .map(({ path, data }) => ({ path: Buffer.from(path), data }))
    .sort((a, b) => Buffer.compare(a.path, b.path))
}

/** NUL-terminated UTF-8, all in one section; referred to by offset. */
export function addText(texts: ByteWriter, text: string | Uint8Array): number {
  const offset = typeof text === 'string' ? texts.text(text) : texts.bytes(text)
  texts.zeros(1)
  return offset
}

export type Contents = Required<Pick<Part, 'contents' | 'relocations'>>
export type Pointer = Omit<RelocationDescription, 'offset'>

export function inTexts(offset: number): Pointer {
  return { symbol: 'unik_texts', addend: offset }
}

function programTable(program: Program, symbol: string, name: number): Contents {
  const { offsets } = programStruct
  return {
    contents: programStruct.encode({
      name: 0n,
      bytecode: 0n,
      bytecodeSize: program.bytecode.length,
      assets: 0n,
      assetCount: program.assets.length,
      env: 0n,
    }),
    relocations: [
      { offset: offsets.name, ...inTexts(name) },
      { offset: offsets.bytecode, symbol: `${symbol}_bytecode` },
      { offset: offsets.assets, symbol: `${symbol}_assets` },
      { offset: offsets.env, symbol: `${symbol}_env` },
    ],
  }
}

type PlacedAsset = { readonly path: number; readonly data: Uint8Array; readonly symbol: string }

function assetTable(assets: readonly PlacedAsset[]): Contents {
  const out = new ByteWriter()
  const relocations: RelocationDescription[] = []
  for (const { path, data, symbol } of assets) {
    const row = out.append(assetStruct, { path: 0n, data: 0n, size: data.length })
    relocations.push({ offset: row + assetStruct.offsets.path, ...inTexts(path) })
    relocations.push({ offset: row + assetStruct.offsets.data, symbol })
  }
  return { contents: out.finish(), relocations }
}

/** `K=V`, each a text, and a null pointer. */
export function environmentTable(env: Program['env'], texts: ByteWriter): Contents {
  const entries = Object.entries(env).map(([key, value]) => inTexts(addText(texts, `${key}=${value}`)))
  return pointerTable(entries, 1)
}

/** An array of pointers, followed by `nulls` empty ones. */
export function pointerTable(pointers: readonly Pointer[], nulls: number): Contents {
  const contents = new Uint8Array((pointers.length + nulls) * POINTER_SIZE)
  return { contents, relocations: pointers.map((pointer, i) => ({ offset: i * POINTER_SIZE, ...pointer })) }
}
