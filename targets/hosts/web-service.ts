import type { FetchApp } from './node-serve.js'

/** The parts of a service worker's global scope that are used here. */
interface FetchEvent extends Event {
  readonly request: Request
  respondWith(response: Promise<Response>): void
  waitUntil(work: Promise<unknown>): void
}
interface ServiceWorkerScope {
  readonly location: URL
  readonly registration: { readonly scope: string }
  readonly clients: { claim(): Promise<void> }
  readonly caches: CacheStorage
  addEventListener(type: 'install' | 'activate' | 'fetch', listener: (event: FetchEvent) => void): void
  skipWaiting(): Promise<void>
}
interface CacheStorage {
  open(name: string): Promise<{
    addAll(urls: readonly string[]): Promise<void>
    match(url: string): Promise<Response | undefined>
  }>
  keys(): Promise<string[]>
  delete(name: string): Promise<boolean>
}

/** The site's own files, and a word that changes when one of them does. */
export interface SiteFiles {
  readonly version: string
  readonly files: readonly string[]
}

/**
 * Keeps the site's files for when there is no network. With an app, every navigation, and every request below the scope that is
 * none of those files, is answered by its fetch, which sees paths from the scope on.
 */
export function startService({ version, files }: SiteFiles, app?: FetchApp): void {
  const scope = globalThis as unknown as ServiceWorkerScope
  const root = new URL('./', scope.location.href).href
  const name = `unik ${root} ${version}`
  const own = new Set(files.map((file) => new URL(file, root).href))

  scope.addEventListener('install', (event) => {
    const store = async () => (await scope.caches.open(name)).addAll([...own])
    event.waitUntil(Promise.all([store(), scope.skipWaiting()]))
  })
  scope.addEventListener('activate', (event) => {
    const old = (known: string) => known.startsWith(`unik ${root} `) && known !== name
    const purge = async () => {
      const names = await scope.caches.keys()
      await Promise.all(names.filter(old).map((each) => scope.caches.delete(each)))
    }
    event.waitUntil(Promise.all([purge(), scope.clients.claim()]))
  })
  scope.addEventListener('fetch', (event) => {
    const { request } = event
    if (!request.url.startsWith(root)) return
    const url = request.url.replace(/[?#].*$/, '')
    const navigates = (request as Request & { mode: string }).mode === 'navigate'
    if (app !== undefined && (navigates || !own.has(url))) event.respondWith(answer(app, request, root))
    else event.respondWith(stored(scope, name, url === root ? `${root}index.html` : url, request))
  })
}

async function stored(
  scope: ServiceWorkerScope,
  name: string,
  url: string,
  request: Request,
): Promise<Response> {
  return (await (await scope.caches.open(name)).match(url)) ?? fetch(request)
}

async function answer(app: FetchApp, request: Request, root: string): Promise<Response> {
  try {
    const { method, headers } = request
    const url = `${new URL(root).origin}/${request.url.slice(root.length).replace(/#.*$/, '')}`
    const body = method === 'GET' || method === 'HEAD' ? null : await request.arrayBuffer()
    return await app.fetch(new Request(url, { method, headers, body }))
  } catch (error) {
    console.error('Error in fetch handler:', error)
    return new Response(null, { status: 500 })
  }
}
