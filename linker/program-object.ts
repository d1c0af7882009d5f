import { ByteWriter } from '../base/byte-writer.js'
import { assertSize, size64, struct, u64 } from '../base/struct.js'
import type { Program } from '../compiler/program.js'
import type { LinkInput } from './image.js'
import {
  describeObject,
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
/** Relocated by start code, then read-only. */
const TABLES = { align: 8, writable: true } as const

/**
 * A compiled app as an object that the engine's archives are linked with: `unik_program`, what it points at, and one
 * reference for each engine module in use, which is what fetches the module from its archive.
 */
export function programObject(program: Program): LinkInput {
  const texts = new ByteWriter()
  const assets = program.assets
    .map((asset) => ({ path: Buffer.from(asset.path), data: asset.data }))
    .sort((a, b) => Buffer.compare(a.path, b.path))
    .map(({ path, data }, i) => ({ path: addText(texts, path), data, symbol: `asset_${i}` }))
  const env = Object.entries(program.env).map(([key, value]) => addText(texts, `${key}=${value}`))
  const name = addText(texts, program.name)
  const modules = program.modules.map((module) => `unik_module_${module.replaceAll('-', '_')}`)

  const sections: SectionDescription[] = [
    { name: '.data.rel.ro.unik_program', ...TABLES, ...programTable(program, name) },
    { name: '.data.rel.ro.unik_assets', ...TABLES, ...assetTable(assets) },
    {
      name: '.data.rel.ro.unik_env',
      ...TABLES,
      ...pointerTable(
        env.map((offset) => inTexts(offset)),
        1,
      ),
    },
    {
      name: '.data.rel.ro.unik_modules',
      ...TABLES,
      retain: true,
      ...pointerTable(
        modules.map((symbol) => ({ symbol })),
        0,
      ),
    },
    { name: '.rodata.unik_bytecode', contents: program.bytecode, align: 16 },
    ...assets.map(({ data }, i) => ({ name: `.rodata.unik_asset_${i}`, contents: data, align: 16 })),
    { name: '.rodata.unik_texts', contents: texts.finish() },
  ]
  const local = { type: 'object', binding: 'local' } as const
  const symbols: SymbolDescription[] = [
    { name: 'unik_program', section: '.data.rel.ro.unik_program', size: programStruct.size, type: 'object' },
    { name: 'assets', section: '.data.rel.ro.unik_assets', size: assets.length * assetStruct.size, ...local },
    { name: 'env', section: '.data.rel.ro.unik_env', size: (env.length + 1) * POINTER_SIZE, ...local },
    { name: 'bytecode', section: '.rodata.unik_bytecode', size: program.bytecode.length, ...local },
    { name: 'texts', section: '.rodata.unik_texts', binding: 'local' },
    ...assets.map(({ data, symbol }, i) => ({
      name: symbol,
      section: `.rodata.unik_asset_${i}`,
      size: data.length,
      ...local,
    })),
    ...modules.map((module) => ({ name: module })),
  ]
  return describeObject('program.o', { sections, symbols })
}

/** NUL-terminated UTF-8, all in one section; referred to by offset. */
function addText(texts: ByteWriter, text: string | Uint8Array): number {
  const offset = typeof text === 'string' ? texts.text(text) : texts.bytes(text)
  texts.zeros(1)
  return offset
}

type Contents = Pick<SectionDescription, 'contents' | 'relocations'>
type Pointer = Omit<RelocationDescription, 'offset'>

function inTexts(offset: number): Pointer {
  return { symbol: 'texts', addend: offset }
}

function programTable(program: Program, name: number): Contents {
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
      { offset: offsets.bytecode, symbol: 'bytecode' },
      { offset: offsets.assets, symbol: 'assets' },
      { offset: offsets.env, symbol: 'env' },
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

/** An array of pointers, followed by `nulls` empty ones. */
function pointerTable(pointers: readonly Pointer[], nulls: number): Contents {
  const contents = new Uint8Array((pointers.length + nulls) * POINTER_SIZE)
  return { contents, relocations: pointers.map((pointer, i) => ({ offset: i * POINTER_SIZE, ...pointer })) }
}
