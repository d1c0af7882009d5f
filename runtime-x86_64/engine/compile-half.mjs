// node compile-half.mjs FOLDER OUTPUT: bundles the TypeScript half of a module (FOLDER/index.ts) and compiles it to bytecode, with
// the engine's own parser as WebAssembly. Stacks call it unik:<folder>.
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const [folder, output] = process.argv.slice(2)
const prebuilt = process.env.OUT ?? join(dirname(fileURLToPath(import.meta.url)), '../prebuilt')

const bundled = await build({
  entryPoints: [join(folder, 'index.ts')],
  bundle: true,
  write: false,
  format: 'esm',
  target: 'es2023',
  minifySyntax: true,
  logLevel: 'error',
})
writeFileSync(output, await compile(`unik:${basename(folder)}`, bundled.outputFiles[0].contents))

async function compile(name, source) {
  const module = await WebAssembly.compile(readFileSync(join(prebuilt, 'bytecode.wasm')))
  const functions = {}
  for (const { name } of WebAssembly.Module.imports(module)) functions[name] = () => 52 // errno `nosys`
  functions.clock_time_get = (_clock, _precision, result) => {
    new DataView(wasm.memory.buffer).setBigUint64(result, 0n, true)
    return 0
  }
  const wasm = (await WebAssembly.instantiate(module, { wasi_snapshot_preview1: functions })).exports
  const bytes = (address, size) => new Uint8Array(wasm.memory.buffer, address, size)
  const put = (address, data) => bytes(address, data.length).set(data)
  wasm._initialize()
  const nameBytes = new TextEncoder().encode(name)
  put(wasm.bytecode_name(nameBytes.length), nameBytes)
  put(wasm.bytecode_source(source.length), source)
  if (wasm.bytecode_compile() !== 0)
    throw new Error(new TextDecoder().decode(bytes(wasm.bytecode_report(), wasm.bytecode_report_size())))
  return bytes(wasm.bytecode_output(), wasm.bytecode_output_size()).slice()
}
