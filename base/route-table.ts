/** Which requests are an app's, among several in one artefact. Host names go before paths. */
export interface Route {
  /** `name`, `*.name` (all below it) or `name.*` (the name under any domain); lower case, without port. */
  readonly hosts: readonly string[]
  /** `/` for what nobody else has; else whole segments: `/a` is also of `/a/b`, not of `/ab`. Without a slash at the end. */
  readonly path: string
}

export type HostKind = 'exact' | 'below' | 'under'

/** What a router reads from top to bottom: the first row that fits holds. `app` is an index. */
export interface RouteTable {
  /** `text` without the `*.` or `.*` that `kind` stands for. */
  readonly hosts: readonly { readonly text: string; readonly kind: HostKind; readonly app: number }[]
  /** Prefixes without a slash at the end: the empty one fits all. */
  readonly paths: readonly { readonly text: string; readonly app: number }[]
}

/** Names before patterns, long before short. */
export function routeTable(routes: readonly Route[]): RouteTable {
  const hosts = routes.flatMap(({ hosts }, app) => hosts.map((host) => ({ ...parseHost(host), app })))
  const paths = routes.map(({ path }, app) => ({ text: path.replace(/\/$/, ''), app }))
  const rank = (kind: HostKind) => (kind === 'exact' ? 0 : 1)
  return {
    hosts: hosts.sort((a, b) => rank(a.kind) - rank(b.kind) || byLength(a.text, b.text)),
    paths: paths.sort((a, b) => byLength(a.text, b.text)),
  }
}

function parseHost(host: string): { text: string; kind: HostKind } {
  if (host.startsWith('*.')) return { text: host.slice(2), kind: 'below' }
  if (host.endsWith('.*')) return { text: host.slice(0, -2), kind: 'under' }
  return { text: host, kind: 'exact' }
}

function byLength(a: string, b: string): number {
  return b.length - a.length || (a < b ? -1 : a > b ? 1 : 0)
}
