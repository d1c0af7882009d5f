import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram, type Tool } from '../base/find-program.js'
import { run } from '../base/run.js'
import type { ImageFile } from '../targets/lib/recipe.js'

/** The reference that our images have in a layout. */
const tag = 'latest'

const umoci: Tool = { program: 'umoci', debianPackage: 'umoci' }
const skopeo: Tool = { program: 'skopeo', debianPackage: 'skopeo' }

/** What takes an image apart. */
export function imageTools({ format }: ImageFile): readonly Tool[] {
  return format === 'oci-layout' ? [umoci] : [umoci, skopeo]
}

/** A container image made into a runtime bundle by umoci: `rootfs/` and config.json, below `work`. Returns the bundle's folder. */
export async function unpackImage(image: ImageFile, work: string): Promise<string> {
  const program = needProgram(umoci, 'unpack a container image')
  const bundle = join(work, 'bundle')
  const rootless = process.getuid?.() === 0 ? [] : ['--rootless']
  await run(program, ['unpack', ...rootless, '--image', `${await layoutOf(image, work)}:${tag}`, bundle])
  return bundle
}

/** The annotations of an image's manifest, which tell runtimes what it is. */
export async function imageAnnotations(
  image: ImageFile,
  work: string,
): Promise<Readonly<Record<string, string>>> {
  const layout = await layoutOf(image, work)
  const json = (file: string) => JSON.parse(readFileSync(join(layout, file), 'utf8'))
  const digest: string = json('index.json').manifests[0].digest
  return json(`blobs/${digest.replace(':', '/')}`).annotations ?? {}
}

// Engines keep what they load in layouts of their own; skopeo does as they.
async function layoutOf({ format, file }: ImageFile, work: string): Promise<string> {
  if (format === 'oci-layout') return file
  const layout = join(work, 'layout')
  if (existsSync(layout)) return layout
  const program = needProgram(skopeo, 'load an image as Docker does')
  await run(program, ['--insecure-policy', 'copy', `docker-archive:${file}`, `oci:${layout}:${tag}`])
  return layout
}
