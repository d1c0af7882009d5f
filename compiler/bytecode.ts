import { readPrebuilt } from './read-prebuilt.js'
import { type BytecodeError, type References, readReport } from './references.js'

/** Bytecode of one bundle, or why the engine's parser refuses it. */
export type BytecodeResult =
  | { readonly bytecode: Uint8Array; readonly references: References; readonly error?: undefined }
  | { readonly error: BytecodeError }

/** Exports of bytecode.wasm, explained in runtime-x86_64/bytecode/bytecode.h. Addresses are byte offsets into `memory`. */
interface BytecodeExports {
  readonly memory: WebAssembly.Memory
  _initialize(): void
  bytecode_source(size: number): number
  bytecode_compile(): number
  bytecode_output(): number
  bytecode_output_size(): number
  bytecode_report(): number
  bytecode_report_size(): number
}

/** Reads and compiles the engine's bytecode compiler; slow enough to be started while something else runs. */
export async function loadBytecodeCompiler(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readPrebuilt('bytecode.wasm'))
}

/** Compiles one bundle, in an instance of its own. */
export async function compileBytecode(
  compiler: WebAssembly.Module,
  bundle: Uint8Array,
): Promise<BytecodeResult> {
  const imports = systemInterface(compiler, () => wasm.memory)
  const wasm = (await WebAssembly.instantiate(compiler, imports)).exports as unknown as BytecodeExports
  const bytes = (address: number, size: number): Uint8Array =>
    new Uint8Array(wasm.memory.buffer, address, size)
  wasm._initialize()
  const source = wasm.bytecode_source(bundle.length)
  bytes(source, bundle.length).set(bundle)
  try {
    wasm.bytecode_compile()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error // else the host's stack ran over, in the parser's recursion
    return { error: nestedTooDeeply }
  }
  const report = readReport(
    new TextDecoder().decode(bytes(wasm.bytecode_report(), wasm.bytecode_report_size())),
  )
  if (report.error?.message === 'Maximum call stack size exceeded') return { error: nestedTooDeeply }
  if (report.error) return { error: report.error }
  const bytecode = bytes(wasm.bytecode_output(), wasm.bytecode_output_size()).slice()
  return { bytecode, references: report }
}

const nestedTooDeeply: BytecodeError = { message: 'nested too deeply for the parser', line: 0, column: 0 }

/**
 * The WASI functions (preview 1) that the C library refers to. The clock stands still and there are no files, so that the
 * output depends on the bundle alone.
 */
function systemInterface(
  compiler: WebAssembly.Module,
  memory: () => WebAssembly.Memory,
): WebAssembly.Imports {
  const success = 0
  const notSupported = 52 // errno `nosys`
  const functions: Record<string, (...args: number[]) => number> = {}
  for (const { name } of WebAssembly.Module.imports(compiler)) functions[name] = () => notSupported
  functions.clock_time_get = (_clock, _precision, result = 0) => {
    new DataView(memory().buffer).setBigUint64(result, 0n, true)
    return success
  }
  return { wasi_snapshot_preview1: functions }
}
