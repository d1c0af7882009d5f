import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openArtefact } from '../../../cli/artefact.js'
import { type Artefact, build } from '../../../cli/pipeline.js'

/** Builds an app with 16 MiB that do not compress, so that its disk has some dozens of blocks and a partition of its own for the files. */
export async function buildAmi(folder: string): Promise<Artefact> {
  const noise = Buffer.alloc(1 << 24)
  for (let at = 0; at < noise.length; at += 4) noise.writeInt32LE(Math.imul(at + 1, 2654435761), at)
  mkdirSync(join(folder, 'public'))
  writeFileSync(join(folder, 'public/noise'), noise)
  writeFileSync(
    join(folder, 'unik.config.ts'),
    "export default { name: 'shop', entry: 'app.ts', assets: 'public' }\n",
  )
  writeFileSync(
    join(folder, 'app.ts'),
    `import { readFileSync } from 'node:fs'
export default { fetch: () => new Response(String(readFileSync('/app/noise').length)) }
`,
  )
  await build({ entries: [], targets: ['ami'], env: {}, output: 'dist', cwd: folder })
  return openArtefact('dist/ami', folder)
}
