// biome-ignore-all lint: declarations follow the APIs that they describe
/** The WHATWG URL standard. Hosts outside ASCII are mapped by NFKC and lower case, then Punycode. */
declare class URL {
  constructor(url: string | URL, base?: string | URL)
  static canParse(url: string | URL, base?: string | URL): boolean
  static parse(url: string | URL, base?: string | URL): URL | null
  href: string
  readonly origin: string
  protocol: string
  username: string
  password: string
  host: string
  hostname: string
  port: string
  pathname: string
  search: string
  readonly searchParams: URLSearchParams
  hash: string
  toString(): string
  toJSON(): string
}

declare class URLSearchParams {
  constructor(
    init?:
      | string
      | URLSearchParams
      | Iterable<readonly [string, string]>
      | Readonly<Record<string, unknown>>
      | null,
  )
  readonly size: number
  append(name: string, value: unknown): void
  delete(name: string, value?: string): void
  get(name: string): string | null
  getAll(name: string): string[]
  has(name: string, value?: string): boolean
  set(name: string, value: unknown): void
  sort(): void
  forEach(callback: (value: string, name: string, params: this) => void, thisValue?: unknown): void
  /** These iterate over the list as it was when they were called. */
  keys(): IterableIterator<string>
  values(): IterableIterator<string>
  entries(): IterableIterator<[string, string]>
  [Symbol.iterator](): IterableIterator<[string, string]>
  toString(): string
}

declare module 'node:url' {
  interface ExportedURL extends URL {}
  const ExportedURL: typeof URL
  interface ExportedParams extends URLSearchParams {}
  const ExportedParams: typeof URLSearchParams

  export { ExportedParams as URLSearchParams, ExportedURL as URL }
}
