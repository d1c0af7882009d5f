import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { createFileServer, listen } from '../../boot/file-server.js'
import { type BuildResult, build } from '../../cli/pipeline.js'
import { runGuest, startGuest } from '../helpers/boot.js'
import { answersWithin } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needTool } from '../helpers/tool.js'

describe('web', function () {
  this.timeout(90_000)
  const scratch = scratchFolder()
  const artefact = (path: string) => join(scratch(), path)
  const results: Record<string, BuildResult> = {}
  before(async () => {
    mkdirSync(join(scratch(), 'files'))
    writeFileSync(join(scratch(), 'files/name.txt'), 'shop é')
    writeFileSync(join(scratch(), 'unik.config.ts'), 'export default { name: "shop", assets: "files" }\n')
    for (const [name, code] of Object.entries({ plain, server, script })) {
      writeFileSync(join(scratch(), `${name}.ts`), code)
      const request = { targets: ['web'], env: { GREETING: 'hello <you>' }, cwd: scratch() }
      results[name] = await build({ ...request, entries: [`${name}.ts`], output: name })
    }
  })

  it('holds the bundle as it is where that imports nothing', () => {
    const digest = createHash('sha256')
      .update(readFileSync(artefact('plain/web/site/app.js')))
      .digest('hex')
    expect(digest).to.equal(results.plain?.bundle?.sha256)
  })

  it('imports nothing of Node.js, and lists files that are there', () => {
    for (const name of ['server', 'script']) {
      const site = (file: string) => readFileSync(artefact(`${name}/web/site/${file}`), 'utf8')
      expect(site('app.js'))
        .to.include('"./web-fs.js"')
        .and.not.to.match(/^import.*node:/m)
      const { files } = JSON.parse(site('files.js').replace('export const site = ', ''))
      expect(files).to.include.members(['app.js', 'index.html', 'manifest.webmanifest', 'web-fs.js'])
      for (const file of files) expect(() => site(file), file).not.to.throw()
    }
  })

  describe('as a machine', () => {
    before(function () {
      needTool(this, 'chromium', 'chromium')
    })

    it("what comes to its port is answered by the site's service worker", async () => {
      let output = ''
      const session = await startGuest({
        subject: artefact('server/web'),
        onText: (text, stream) => {
          output += `${stream}: ${text}`
        },
      })
      const url = `http://127.0.0.1:${session.ports[0]?.host}`
      expect(await answersWithin(url, 30_000)).to.equal(true)
      const body = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, at) => at))
      const sent = await fetch(`${url}/bytes?a=1`, { method: 'POST', body, headers: { 'x-asked': 'yes' } })
      expect(sent.status).to.equal(201)
      expect(sent.headers.get('x-seen')).to.equal('POST /bytes?a=1 yes')
      expect(Buffer.from(await sent.arrayBuffer()).equals(body)).to.equal(true)
      const stream = await fetch(`${url}/stream`)
      const first = await stream.body?.getReader().read()
      expect(Buffer.from(first?.value ?? []).toString(), 'before the end of the answer').to.equal('first ')
      expect((await fetch(`${url}/throw`)).status).to.equal(500)
      await session.guest.shutdown()
      expect(await session.ended).to.include({ verdict: 'exited', status: 0 })
      expect(output)
        .to.include('out: POST\n')
        .and.to.match(/^err: Error in fetch handler:.*thrown on purpose/m)
    })

    it("a script's output and status are those that its page shows", async () => {
      const { text, report } = await runGuest({ subject: artefact('script/web') })
      expect(text).to.equal('hello <you> from shop é\nraw\nto stderr\nlater\n')
      expect(report).to.include({ verdict: 'exited', status: 3 })
    })
  })

  describe('in Chromium', () => {
    let browser: Browser
    before(async function () {
      const executablePath = needTool(this, 'chromium', 'chromium')
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
    })
    after(() => browser?.close())

    /** Serves the artefact's site, hands its page over; `stop` takes the server away. */
    async function visit(
      name: string,
      work: (page: Page, url: string, context: BrowserContext, stop: () => void) => Promise<void>,
    ): Promise<void> {
      const server = createFileServer(artefact(`${name}/web/site`))
      const url = `http://127.0.0.1:${await listen(server)}/`
      const context = await browser.newContext()
      const stop = () => {
        server.close()
        server.closeAllConnections()
      }
      try {
        const page = await context.newPage()
        await page.goto(url)
        await work(page, url, context, stop)
      } finally {
        await context.close()
        stop()
      }
    }

    it("the app's fetch answers, also when the web server is gone", () =>
      visit('server', async (page, url, context, stop) => {
        await page.waitForSelector('h1')
        expect(await page.textContent('h1')).to.equal('hello <you> from shop é at /')
        const post = await page.evaluate(postAndRead)
        expect(post).to.deep.equal({ status: 201, text: 'POST /echo?a=1 yes: body', type: 'text/x-own' })
        stop()
        await context.setOffline(true)
        await page.goto(`${url}deep/page?x`)
        expect(await page.textContent('h1')).to.equal('hello <you> from shop é at /deep/page')
        expect(await page.evaluate(async () => (await fetch('/throw')).status)).to.equal(500)
      }))

    it("a script's page shows what it writes and its status, also without a network", () =>
      visit('script', async (page, _url, context, stop) => {
        const expectOutput = async () => {
          await page.waitForSelector('body[data-status="3"]', { state: 'attached' })
          await page.waitForSelector('text=later')
          expect(await page.textContent('#terminal')).to.equal(
            'hello <you> from shop é\nraw\nto stderr\nlater\n',
          )
          expect(await page.textContent('.err')).to.equal('to stderr\n')
        }
        await expectOutput()
        await page.waitForSelector('body[data-offline]', { state: 'attached' })
        stop()
        await context.setOffline(true)
        await page.reload()
        await expectOutput()
      }))
  })
})

// Runs in the page.
async function postAndRead() {
  const response = await fetch('/echo?a=1', { method: 'POST', body: 'body', headers: { 'x-asked': 'yes' } })
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') }
}

const plain = 'export default { fetch: () => new Response("plain") }\n'
const server = `
import { readFileSync } from 'node:fs'
import process, { env } from 'node:process'

export default {
  async fetch(request: Request) {
    const { pathname, search } = new URL(request.url)
    if (pathname === '/throw') throw new Error('thrown on purpose')
    if (pathname === '/bytes') {
      console.log(request.method)
      const seen = [request.method, pathname + search, request.headers.get('x-asked')].join(' ')
      return new Response(await request.arrayBuffer(), { status: 201, headers: { 'x-seen': seen } })
    }
    if (pathname === '/stream') {
      const start = (controller) => controller.enqueue(new TextEncoder().encode('first '))
      return new Response(new (Reflect.get(globalThis, 'ReadableStream'))({ start })) // never ends
    }
    if (pathname === '/echo') {
      const text = [request.method, pathname + search, request.headers.get('x-asked')].join(' ')
      const headers = { 'content-type': 'text/x-own' }
      return new Response(text + ': ' + (await request.text()), { status: 201, headers })
    }
    const text = [env.GREETING, 'from', readFileSync('/app/name.txt', 'utf8'), 'at', pathname].join(' ')
    const html = '<h1>' + text.replaceAll('<', '&lt;') + '</h1>'
    return new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8' } })
  },
}
`
const script = `
import { readFile } from 'node:fs/promises'

console.log(process.env.GREETING + ' from ' + await readFile('name.txt', 'utf8'))
process.stdout.write('raw\\n')
console.error('to stderr')
process.exitCode = 3
setTimeout(() => console.log('later'), 50)
`
