import { mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect } from 'chai'

const source = (name: string) => `
import { existsSync, readFileSync } from 'node:fs'

declare global {
  var mark: string
  interface Array<T> { mark: string }
}
console.log('${name} is loaded', globalThis.mark)
globalThis.mark = Array.prototype.mark = '${name}'

export default {
  async fetch(request: Request) {
    const url = new URL(request.url)
    if (url.pathname === '/throw') throw new Error('only this request')
    return Response.json({
      app: '${name}',
      method: request.method,
      body: await request.text(),
      host: url.host,
      path: url.pathname + url.search,
      prefix: request.headers.get('x-forwarded-prefix'),
      marks: [globalThis.mark, [].mark],
      env: [process.env.OWN, process.env.SHARED, process.env.BOTH],
      asset: readFileSync('/app/name.txt', 'utf8'),
      files: ['shop', 'blog'].filter((file) => existsSync('/app/' + file + '.txt')),
    })
  },
}
`

/** Three projects and one that puts them, and an app that fails, together. */
export function writeSeveral(folder: string): void {
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text)
  for (const name of ['shop', 'blog', 'rest']) {
    mkdirSync(join(folder, name, 'files'), { recursive: true })
    write(`${name}/package.json`, JSON.stringify({ name: `@mall/${name}`, main: 'app.ts' }))
    write(
      `${name}/unik.config.ts`,
      `export default { assets: 'files', env: { OWN: '${name}', BOTH: '${name}' } }`,
    )
    write(`${name}/app.ts`, source(name))
    write(`${name}/files/name.txt`, name)
    write(`${name}/files/${name}.txt`, '')
  }
  write('broken.ts', 'throw new Error("at load")\nexport default { fetch: () => new Response("never") }\n')
  write(
    'unik.config.ts',
    `export default {
      name: 'mall',
      env: { SHARED: 'mall', BOTH: 'mall' },
      apps: [
        { entry: 'shop' },
        { entry: 'blog/app.ts', host: ['news.example', '*.blog.example'], path: '/press/blog' },
        { entry: 'broken.ts' },
        { entry: 'rest', path: '/' },
      ],
    }`,
  )
}

interface Asked {
  readonly method?: string
  readonly host?: string
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What `port` of 127.0.0.1 answers to a request exactly as given. */
export function askAs(port: number, asked: Asked): Promise<{ status: number | undefined; text: string }> {
  const { method = 'GET', host = 'elsewhere.example', target, headers, body } = asked
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', method, path: target, headers: { host, ...headers } }
    const sent = request({ ...options, agent: false, timeout: 20_000 }, (response) => {
      let text = ''
      response.on('data', (piece: Buffer) => {
        text += piece
      })
      response.on('end', () => resolve({ status: response.statusCode, text }))
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer')))
    sent.on('error', reject)
    sent.end(body)
  })
}

type Expected = Readonly<Record<string, unknown>>
const direct = (app: string, path: string, more: Expected = {}): Expected => ({
  app,
  path,
  prefix: null,
  ...more,
})
const below = (app: string, prefix: string, path: string): Expected => ({ app, path, prefix })

const routed: readonly [what: string, Asked, Expected][] = [
  ['by its name as host', { host: 'shop', target: '/x?y=1' }, direct('shop', '/x?y=1', { host: 'shop' })],
  [
    'in any case, at any port, under any domain',
    { host: 'SHOP.Example.com:81', target: '/' },
    direct('shop', '/'),
  ],
  ['with the dot of the root', { host: 'shop.', target: '/' }, direct('shop', '/')],
  ['not by a name that only begins so', { host: 'shopping.example', target: '/' }, direct('rest', '/')],
  ['by a name of its own', { host: 'news.example', target: '/' }, direct('blog', '/')],
  ['not by what is below that', { host: 'a.news.example', target: '/' }, direct('rest', '/')],
  ['by what is below a name', { host: 'a.b.blog.example', target: '/' }, direct('blog', '/')],
  ['not by that name itself', { host: 'blog.example', target: '/' }, direct('rest', '/')],
  ['by host before path', { host: 'shop', target: '/press/blog/x' }, direct('shop', '/press/blog/x')],
  ['by path, which it does not see', { target: '/shop/a/b?c' }, below('shop', '/shop', '/a/b?c')],
  ['by the path alone', { target: '/shop' }, below('shop', '/shop', '/')],
  ['by the path and a slash', { target: '/shop/' }, below('shop', '/shop', '/')],
  ['by the path and a query', { target: '/shop?x=/y' }, below('shop', '/shop', '/?x=/y')],
  ['by whole segments', { target: '/shopping' }, direct('rest', '/shopping')],
  ['by more than one segment', { target: '/press/blog/1' }, below('blog', '/press/blog', '/1')],
  ['not by a part of them', { target: '/press' }, direct('rest', '/press')],
  ['by the path that dots lead to', { target: '/x/../shop/./y/%2E%2e/z' }, below('shop', '/shop', '/z')],
  ['not by a path that dots lead out of', { target: '/shop/../press' }, direct('rest', '/press')],
  ['with backslashes as slashes', { target: '/x\\..\\shop\\y' }, below('shop', '/shop', '/y')],
  ['as it is where nothing was encoded', { target: '/%73hop/x' }, direct('rest', '/%73hop/x')],
  [
    'with a prefix that no client has made',
    { target: '/shop/x', headers: { 'x-forwarded-prefix': '/evil' } },
    below('shop', '/shop', '/x'),
  ],
  [
    'without one where nothing was cut off',
    { host: 'shop', target: '/x', headers: { 'X-Forwarded-Prefix': '/evil' } },
    direct('shop', '/x'),
  ],
  [
    'with method and body',
    { method: 'POST', target: '/shop/x', body: 'much'.repeat(5000) },
    { ...below('shop', '/shop', '/x'), method: 'POST', body: 'much'.repeat(5000) },
  ],
]

/** The same on every row: routes, and what apps see of each other. */
export async function expectSeveral(port: number): Promise<void> {
  for (const [what, asked, expected] of routed) {
    const { status, text } = await askAs(port, asked)
    expect(status, `${what}: ${text}`).to.equal(200)
    expect(JSON.parse(text), what).to.deep.include(expected)
  }
  for (const name of ['shop', 'rest'])
    expect(JSON.parse((await askAs(port, { host: name, target: '/' })).text)).to.deep.include({
      ...{ marks: [name, name], env: [name, 'mall', 'mall'], asset: name },
      files: name === 'shop' ? ['shop'] : [],
    })
  for (const host of ['a@shop', 'shop/x', 'sh%6fp', 'shop:x', 'shop,blog', '[shop'])
    expect((await askAs(port, { host, target: '/' })).status, host).to.equal(400)
  expect(await askAs(port, { target: '/broken/x' })).to.deep.equal({
    status: 503,
    text: 'the app broken has ended\n',
  })
  expect((await askAs(port, { host: 'shop', target: '/throw' })).status).to.equal(500)
  expect((await askAs(port, { host: 'shop', target: '/' })).status).to.equal(200)
}
