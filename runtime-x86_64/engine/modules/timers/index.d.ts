// biome-ignore-all lint: declarations follow the APIs that they describe
/** What setTimeout and setInterval give; as a number it is the timer's id. */
interface Timeout {
  ref(): this
  /** It no longer keeps the program alive. */
  unref(): this
  hasRef(): boolean
  /** Starts the delay anew. */
  refresh(): this
  close(): this
  [Symbol.toPrimitive](): number
}
interface Immediate {
  readonly __immediate: never
}
declare function setTimeout<Args extends unknown[]>(
  callback: (...args: Args) => void,
  ms?: number,
  ...args: Args
): Timeout
declare function setInterval<Args extends unknown[]>(
  callback: (...args: Args) => void,
  ms?: number,
  ...args: Args
): Timeout
declare function setImmediate<Args extends unknown[]>(
  callback: (...args: Args) => void,
  ...args: Args
): Immediate
declare function clearTimeout(timer: Timeout | number | undefined): void
declare function clearInterval(timer: Timeout | number | undefined): void
declare function clearImmediate(immediate: Immediate | undefined): void
declare function queueMicrotask(callback: () => void): void

declare module 'node:timers' {
  const timers: typeof globalThis
  export const setTimeout: typeof timers.setTimeout
  export const setInterval: typeof timers.setInterval
  export const setImmediate: typeof timers.setImmediate
  export const clearTimeout: typeof timers.clearTimeout
  export const clearInterval: typeof timers.clearInterval
  export const clearImmediate: typeof timers.clearImmediate
}
