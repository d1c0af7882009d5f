const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Globals of ECMAScript 2025 that the engine itself has, and queueMicrotask, which comes with its job queue. */
export const languageGlobals: ReadonlySet<string> = new Set(
  words(`
  AggregateError Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError
  FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Iterator
  JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer String
  Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet
  decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt
  queueMicrotask undefined unescape`),
)

const nodeGlobals = words(`
  Buffer Bun Deno __dirname __filename clearImmediate exports gc global module process require setImmediate`)

/** What servers use of the web platform (WinterTC's minimum common API), with ECMAScript's parts that the engine lacks. */
const webGlobals = words(`
  AbortController AbortSignal Blob BroadcastChannel ByteLengthQueuingStrategy CloseEvent CompressionStream
  CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException DecompressionStream ErrorEvent Event EventSource
  EventTarget File FileReader FormData Headers Intl MessageChannel MessageEvent MessagePort Navigator Performance
  PerformanceObserver PromiseRejectionEvent ReadableByteStreamController ReadableStream ReadableStreamBYOBReader
  ReadableStreamDefaultController ReadableStreamDefaultReader Request Response Storage SubtleCrypto Temporal TextDecoder
  TextDecoderStream TextEncoder TextEncoderStream TransformStream TransformStreamDefaultController URL URLPattern
  URLSearchParams WebAssembly WebSocket Worker WritableStream WritableStreamDefaultController
  WritableStreamDefaultWriter atob btoa caches clearInterval clearTimeout console crypto fetch navigator onerror
  performance reportError self setInterval setTimeout structuredClone`)

const browserGlobals = words(`
  Audio CSS DOMParser Document Element HTMLElement Image IntersectionObserver MutationObserver Node Notification
  ResizeObserver ServiceWorker SharedWorker XMLHttpRequest XMLSerializer addEventListener alert cancelAnimationFrame
  cancelIdleCallback confirm customElements dispatchEvent document frames getComputedStyle history importScripts
  indexedDB localStorage location matchMedia name open parent postMessage print prompt removeEventListener
  requestAnimationFrame requestIdleCallback screen sessionStorage top trustedTypes window`)

/** Globals that people expect from Node.js or the web. Which of them the engine has is the catalogue's matter. */
export const wellKnownGlobals: ReadonlySet<string> = new Set([
  ...nodeGlobals,
  ...webGlobals,
  ...browserGlobals,
])

/** What to do instead, where one sentence can say it. */
export const globalHints: Readonly<Record<string, string>> = {
  Buffer: 'use Uint8Array with TextEncoder and TextDecoder',
  Intl: 'format with your own code or a library that brings its data along',
  WebAssembly: 'compile that code to JavaScript',
  Worker: 'an app is one thread: start one instance per core instead',
  __dirname: 'files of the app lie below /app: read /app/name with node:fs',
  __filename: 'files of the app lie below /app: read /app/name with node:fs',
  exports: 'this file is an ES module: use export',
  global: 'use globalThis',
  module: 'this file is an ES module: use export',
  require: 'use import, with the name written out',
  self: 'use globalThis',
  setImmediate: 'use setTimeout(f, 0) or queueMicrotask(f)',
  window: 'use globalThis for what servers have; there is no page here',
}
