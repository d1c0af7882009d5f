// The two apps that every figure is about, built once a run.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from '../../lib/cli/pipeline.js'

const sources = {
  hello: 'console.log("hello")\n',
  http: `export default {
  fetch(request: Request): Response {
    const url = new URL(request.url)
    if (url.pathname === '/') return new Response('Hello from unik\\n')
    return Response.json({ path: url.pathname, query: Object.fromEntries(url.searchParams) })
  },
}
`,
}

/** Builds the app `name` for linux and qemu below `scratch`; gives paths of the ELF and the image folder. */
export async function buildApp(scratch, name) {
  const folder = join(scratch, name)
  mkdirSync(folder, { recursive: true })
  const entry = join(folder, `${name}.ts`)
  writeFileSync(entry, sources[name])
  const result = await build({
    entries: [entry],
    targets: ['linux', 'qemu'],
    env: {},
    output: join(folder, 'dist'),
    cwd: folder,
  })
  return {
    name,
    entry,
    folder,
    result,
    elf: join(folder, 'dist/linux', name),
    image: join(folder, 'dist/qemu'),
  }
}
