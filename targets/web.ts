import { join } from 'node:path'
import { type Content, contentOf, sha256Of } from './formats/content.js'
import type { ArchiveEntry } from './formats/entry.js'
import { hostFile } from './lib/host-file.js'
import { jsonFile } from './lib/node-files.js'
import type { Options, OptionValues } from './lib/option.js'
import { textFile } from './lib/package-files.js'
import { writeReadme } from './lib/readme.js'
import type { Build, Target } from './lib/target.js'
import { webAssets, webBundle } from './lib/web-files.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeFiles } from './lib/write-files.js'

const options = {
  title: {
    type: 'text',
    summary: 'title of the page and of the app where it is installed; without it, the name',
  },
  themeColor: {
    type: 'text',
    pattern: /^#[0-9a-f]{3}([0-9a-f]{3})?$/i,
    form: 'a colour such as #224466',
    default: '#224466',
    summary: 'colour of the icon and of the window',
  },
} as const satisfies Options

/** A static site. A server's fetch answers inside a service worker; a script runs in a worker behind a page that shows what it writes. */
const web: Target<typeof options> = {
  name: 'web',
  layer: 'browser',
  summary: 'static site whose service worker runs the app; a script behind a terminal page',
  artefact: 'static site',
  platform: 'browsers with service workers that are modules',
  varies: ['browser', 'network (online, offline)'],
  carries: 'bundle',
  proof: 'run as what it is',
  options,
  write(build, folder, values) {
    writeFiles(site(build, values), join(folder, 'site'))
    writeDebugFiles(build, folder)
    writeReadme(folder, build.name, introduction, [
      { title: 'Publish', text: 'Copy `site/` to any path of a web server with HTTPS.' },
      {
        title: 'Try here',
        text: 'Browsers take localhost for safe.',
        commands: ['python3 -m http.server -b 127.0.0.1 -d site 8080'],
      },
    ])
  },
  recipe: (_build, folder) => ({ kind: 'site', folder: join(folder, 'site') }),
}
export default web

type Values = OptionValues<typeof options>

const introduction =
  'The app in a browser, with or without a network once it has been loaded. Service workers drop Set-Cookie, and need a browser that lets them be modules.'

function site(build: Build, values: Values): ArchiveEntry[] {
  const parts = [
    ...webBundle(build, 'web'),
    { path: 'environment.js', type: 'file', mode: 0o644, data: environment(build) },
    hostFile(build, 'web-process'),
    hostFile(build, 'web-service'),
    textFile('index.html', page(build, values)),
    textFile('page.js', build.port === undefined ? scriptPage : serverPage),
    ...(build.port === undefined ? [hostFile(build, 'web-script'), textFile('script.js', scriptWorker)] : []),
    jsonFile('manifest.webmanifest', manifest(build, values)),
    textFile('icon.svg', icon(build, values)),
    { path: 'NOTICES.txt', type: 'file', mode: 0o644, data: build.notices },
  ] satisfies ArchiveEntry[]
  return [...parts, textFile('files.js', filesModule(parts)), textFile('sw.js', serviceWorker(build))]
}

/** A browser compares sw.js and what it imports, so that a change of any file makes a new service worker. */
function filesModule(parts: readonly ArchiveEntry[]): string {
  const named = parts.flatMap(({ path, data }) => [
    new TextEncoder().encode(`${path}\0`),
    data ?? new Uint8Array(),
  ])
  const version = sha256Of(contentOf(named)).slice(0, 16)
  const files = parts.map(({ path }) => path).sort()
  return `export const site = ${JSON.stringify({ version, files })}\n`
}

function environment(build: Build): Content {
  const env = JSON.stringify(build.env)
  const start =
    build.port === undefined
      ? `import { prepareScript } from './web-script.js'\n\nprepareScript(${env})\n`
      : `import { installProcess } from './web-process.js'\n\ninstallProcess(${env}, (text, stream) => (stream === 'out' ? console.log : console.error)(text))\n`
  return contentOf([new TextEncoder().encode(start), webAssets(build)])
}

function serviceWorker({ port }: Build): string {
  const service = "import { startService } from './web-service.js'\nimport { site } from './files.js'\n"
  if (port === undefined) return `${service}\nstartService(site)\n`
  return `import './environment.js'\nimport app from './app.js'\n${service}\nstartService(site, app)\n`
}

const register = `const { serviceWorker } = navigator
const controlled = new Promise((resolve) => serviceWorker.addEventListener('controllerchange', resolve, { once: true }))
`
// Reached only where the service worker is not in control yet: then it is, the app answers this address.
const serverPage = `${register}await serviceWorker.register('./sw.js', { type: 'module' })
if (serviceWorker.controller === null) await controlled
location.reload()
`
const scriptPage = `${register}const terminal = document.getElementById('terminal')
const worker = new Worker('./script.js', { type: 'module' })
worker.onmessage = ({ data }) => {
  if ('status' in data) document.body.dataset.status = data.status
  else {
    const piece = document.createElement('span')
    piece.className = data.stream
    piece.textContent = data.text
    terminal.append(piece)
  }
}
worker.onerror = ({ message }) => worker.onmessage({ data: { text: message + '\\n', stream: 'err' } })
await serviceWorker.register('./sw.js', { type: 'module' })
if (serviceWorker.controller === null) await controlled
document.body.dataset.offline = 'ready'
`
const scriptWorker = `import './environment.js'
import { runScript } from './web-script.js'

await runScript(() => import('./app.js'))
`

function page({ name, about, port }: Build, values: Values): string {
  const [title, description] = [values.title ?? name, about.description].map(escapeHtml)
  const body =
    port === undefined
      ? '<pre id="terminal" role="log"></pre>'
      : '<noscript>JavaScript runs this app.</noscript>'
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${description}">
<meta name="theme-color" content="${values.themeColor}">
<title>${title}</title>
<link rel="icon" href="icon.svg">
<link rel="manifest" href="manifest.webmanifest">
<style>
:root { color-scheme: light dark }
#terminal { font: 14px/1.4 monospace; white-space: pre-wrap }
.err { color: #d33 }
</style>
<body>
${body}
<script type="module" src="page.js"></script>
</html>
`
}

function manifest({ name, about }: Build, { title = name, themeColor }: Values): object {
  return {
    name: title,
    description: about.description,
    start_url: './',
    scope: './',
    display: 'standalone',
    theme_color: themeColor,
    icons: [{ src: 'icon.svg', sizes: '192x192 512x512 any', type: 'image/svg+xml' }],
  }
}

function icon({ name }: Build, { title = name, themeColor }: Values): string {
  const letter = escapeHtml([...title].slice(0, 1).join('').toUpperCase())
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512">
<rect width="512" height="512" fill="${themeColor}"/>
<text x="256" y="360" font-family="sans-serif" font-size="300" text-anchor="middle" fill="#fff">${letter}</text>
</svg>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
