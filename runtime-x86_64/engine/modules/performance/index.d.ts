// biome-ignore-all lint: declarations follow the APIs that they describe
interface Performance {
  /** Milliseconds since the program started. */
  now(): number
  /** Milliseconds since 1970 at which now() was 0. */
  readonly timeOrigin: number
}
declare var performance: Performance

declare module 'node:perf_hooks' {
  const exported: typeof performance

  export { exported as performance }
}
