import { createFileServer, listen } from '../file-server.js'
import { type Browser, startBrowser, type Target } from './browser.js'
import { consoleText } from './console-text.js'
import { createGateway } from './gateway.js'
import { type PageMessage, sendFromPage, untilControlled, watchTerminal } from './page-side.js'

// A program of its own: `host.js SITE PROFILE` serves a folder to Chromium, which keeps its own files in another. With PORT, requests
// that come there are made by a page of the site, so its service worker answers them, until SIGTERM, SIGINT or the end of its standard
// input; without, it ends with the status that the script's page shows.

const [site = '.', profile = ''] = process.argv.slice(2)
const { PORT: port } = process.env
const origin = `http://127.0.0.1:${await listen(createFileServer(site))}`
let client: Target | undefined
let ending = false
const gateway = createGateway((request) => call(sendFromPage, request))
const browser: Browser = await startBrowser(profile, {
  async onTarget({ type, session }, devtools) {
    const sent = [devtools.send('Runtime.enable', {}, session)]
    if (type === 'page') sent.push(devtools.send('Runtime.addBinding', { name: 'unikTell' }, session))
    if (type === 'page' && port === undefined) {
      const source = `(${watchTerminal})()`
      sent.push(devtools.send('Page.addScriptToEvaluateOnNewDocument', { source }, session))
    }
    await Promise.all(sent)
  },
  onEvent({ method, params }) {
    const [text, stream] = consoleText(method, params) ?? []
    if (text !== undefined) (stream === 'err' ? process.stderr : process.stdout).write(text)
    if (method === 'Runtime.bindingCalled') onTold(JSON.parse(params.payload as string))
  },
})
let noise = ''
browser.process.stderr.on('data', (text) => {
  noise = (noise + text).slice(-2000)
})
browser.process.stdout.resume()
void browser.process.ended.then(() => end(1, `the browser has ended by itself:\n${noise}`))
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(0))
process.stdin.resume().once('end', () => void stop(0)) // whoever started it is gone
if (port !== undefined) await serve(Number(port))
else await browser.open(`${origin}/`)

/** A visitor registers the service worker; a page that was there before it, of a file that no app answers for, makes the requests. */
async function serve(number: number): Promise<void> {
  client = await browser.open(`${origin}/NOTICES.txt`)
  await browser.open(`${origin}/`)
  await call(untilControlled)
  await listen(gateway.server, number)
}

/** Runs a function in the client's page. */
async function call(code: (argument: never) => Promise<void>, argument?: object): Promise<void> {
  const expression = `(${code})(${JSON.stringify(argument)})`
  await browser.devtools.send('Runtime.evaluate', { expression, awaitPromise: true }, client?.session)
}

function onTold(message: PageMessage): void {
  if ('text' in message) (message.stream === 'err' ? process.stderr : process.stdout).write(message.text)
  else if ('ended' in message) void stop(message.ended)
  else gateway.answer(message)
}

async function stop(status: number): Promise<void> {
  gateway.server.close()
  ending = true
  await browser.close()
  end(status)
}

function end(status: number, why?: string): void {
  if (why !== undefined && ending) return
  if (why !== undefined) console.error(why)
  process.exit(status)
}
