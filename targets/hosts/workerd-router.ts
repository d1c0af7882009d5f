import type { RouteTable } from '../../base/route-table.js'

/** A binding for each app, in the table's order, and the table. */
type Bindings = { readonly routes: RouteTable } & {
  readonly [app: `app${number}`]: { fetch(request: Request): Promise<Response> }
}

const header = 'x-forwarded-prefix'

/** Routes as the engine's server does (runtime-x86_64/engine/modules/apps), but that workerd has lost an absolute target's authority. */
export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    const given = request.headers.get('host') ?? ''
    const host = parseAuthority(given)
    if (host === undefined) return plain(400, 'Bad Request')
    const { pathname, search } = new URL(`http://host${request.url.slice(`http://${given}`.length)}`)
    const route = find(env.routes, host, pathname)
    if (route === undefined) return plain(404, `no app for host "${host}" and path "${pathname}"\n`)
    const app = env[`app${route.app}`]
    if (app === undefined) throw new Error(`app ${route.app} is not bound`)
    if (route.prefix === '' && !request.headers.has(header)) return app.fetch(request)
    const url =
      route.prefix === ''
        ? request.url
        : `http://${given}${pathname.slice(route.prefix.length) || '/'}${search}`
    const forwarded = new Request(url, request)
    forwarded.headers.delete(header)
    if (route.prefix !== '') forwarded.headers.set(header, route.prefix)
    return app.fetch(forwarded)
  },
}

/** The host's name in lower case without a last dot; undefined: malformed. */
function parseAuthority(text: string): string | undefined {
  const host = /^([\w.-]+|\[[\w:.-]+\])(?::\d*)?$/.exec(text)?.[1]?.toLowerCase()
  return host === undefined || host.length > 255 ? undefined : host.replace(/(.)\.$/, '$1')
}

function find(
  { hosts, paths }: RouteTable,
  host: string,
  path: string,
): { readonly app: number; readonly prefix: string } | undefined {
  const byHost = hosts.find(({ kind, text }) => {
    if (kind === 'exact') return host === text
    const isLonger = host.length >= text.length + 2
    return isLonger && (kind === 'below' ? host.endsWith(`.${text}`) : host.startsWith(`${text}.`))
  })
  if (byHost !== undefined) return { app: byHost.app, prefix: '' }
  const byPath = paths.find(({ text }) => path === text || path.startsWith(`${text}/`))
  return byPath && { app: byPath.app, prefix: byPath.text }
}

function plain(status: number, text: string): Response {
  return new Response(text, { status })
}
