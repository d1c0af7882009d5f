/** The part of the WebAssembly JavaScript interface that bytecode.ts uses; TypeScript declares it only in lib.dom. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module'
  }
  const Module: { imports(module: Module): readonly { readonly module: string; readonly name: string }[] }
  interface Memory {
    /** Replaced when the memory grows: never keep it across a call. */
    readonly buffer: ArrayBuffer
  }
  type Imports = Readonly<Record<string, Readonly<Record<string, (...args: number[]) => number>>>>
  function compile(bytes: Uint8Array): Promise<Module>
  function instantiate(
    module: Module,
    imports: Imports,
  ): Promise<{ readonly exports: Readonly<Record<string, unknown>> }>
}
