import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { freePort } from '../../boot/ports.js'
import { type BuildResult, build } from '../../cli/pipeline.js'
import { startGuest } from '../helpers/boot.js'
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

  describe('in Chromium', () => {
    let browser: Browser
    before(async function () {
      const executablePath = needTool(this, 'chromium', 'chromium')
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
    })
    after(() => browser?.close())

    /** Boots the artefact, hands its page over, and has the server end when the work is done. */
    async function visit(
      name: string,
      work: (page: Page, url: string, context: BrowserContext, stop: () => Promise<void>) => Promise<void>,
    ): Promise<void> {
      const ports = [{ host: await freePort(), guest: 80 }]
      const session = await startGuest({ subject: artefact(`${name}/web`), timeout: 0, ports })
      const context = await browser.newContext()
      const stop = async () => {
        await session.guest.shutdown()
        expect(await session.ended).to.include({ verdict: 'exited', status: 0 })
      }
      try {
        const page = await context.newPage()
        const url = `http://127.0.0.1:${session.ports[0]?.host}/`
        await waitUntilServed(url)
        await page.goto(url)
        await work(page, url, context, stop)
      } finally {
        await context.close()
        session.guest.kill()
      }
    }

    it("the app's fetch answers, also when the web server is gone", () =>
      visit('server', async (page, url, context, stop) => {
        await page.waitForSelector('h1')
        expect(await page.textContent('h1')).to.equal('hello <you> from shop é at /')
        const post = await page.evaluate(postAndRead)
        expect(post).to.deep.equal({ status: 201, text: 'POST /echo?a=1 yes: body', type: 'text/x-own' })
        await stop()
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
        await stop()
        await context.setOffline(true)
        await page.reload()
        await expectOutput()
      }))
  })
})

async function waitUntilServed(url: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const answered = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (answered) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`nothing answers at ${url}`)
}

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
