// biome-ignore-all lint: declarations follow the APIs that they describe
type HeadersInit = Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string>>

declare class Headers {
  constructor(init?: HeadersInit)
  append(name: string, value: string): void
  delete(name: string): void
  get(name: string): string | null
  getSetCookie(): string[]
  has(name: string): boolean
  set(name: string, value: string): void
  forEach(callback: (value: string, name: string, headers: this) => void, thisValue?: unknown): void
  /** These iterate over the list as it was when they were called. */
  keys(): IterableIterator<string>
  values(): IterableIterator<string>
  entries(): IterableIterator<[string, string]>
  [Symbol.iterator](): IterableIterator<[string, string]>
}
