// biome-ignore-all lint: declarations follow the APIs that they describe
/** Node.js' console: values as util.inspect shows them, stdout and stderr written at once and in order. */
interface Console {
  log(...values: unknown[]): void
  info(...values: unknown[]): void
  debug(...values: unknown[]): void
  dirxml(...values: unknown[]): void
  error(...values: unknown[]): void
  warn(...values: unknown[]): void
  trace(...values: unknown[]): void
  assert(condition?: boolean, ...values: unknown[]): void
  dir(value: unknown, options?: { depth?: number | null }): void
  table(data: unknown, columns?: readonly string[]): void
  group(...values: unknown[]): void
  groupCollapsed(...values: unknown[]): void
  groupEnd(): void
  count(label?: string): void
  countReset(label?: string): void
  time(label?: string): void
  timeLog(label?: string, ...values: unknown[]): void
  timeEnd(label?: string): void
}
declare var console: Console

declare module 'node:console' {
  export default console
}
