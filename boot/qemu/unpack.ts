import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram, type Tool } from '../../base/find-program.js'
import { run } from '../../base/run.js'
import { UserError } from '../../base/user-error.js'
import type { Archive, ImageFile, QemuRecipe } from '../../targets/lib/recipe.js'
import { imageAnnotations, imageTools, unpackImage } from '../container-image.js'
import { tar } from '../containers/unpack-root.js'

/** A recipe whose medium is a file of its own: taken out of the archive or image that it comes in, as the platform does. */
export async function unpackMedium(recipe: QemuRecipe, work: string): Promise<QemuRecipe> {
  const { boot } = recipe
  if (boot.from === 'urunc')
    return { ...recipe, boot: { from: 'kernel', ...(await uruncKernel(boot.image, work)) } }
  if (boot.from !== 'disk' || boot.within === undefined) return recipe
  const { within, ...disk } = boot
  return { ...recipe, boot: { ...disk, file: await takeOut(within, boot.file, work) } }
}

/** What takes it out. */
export function unpackTools({ boot }: QemuRecipe): readonly Tool[] {
  const image = boot.from === 'urunc' ? boot.image : boot.from === 'disk' ? boot.within : undefined
  return image === undefined || image.format === 'tar' ? [] : imageTools(image)
}

async function takeOut(archive: Archive, member: string, work: string): Promise<string> {
  if (archive.format !== 'tar') return join(await unpackImage(archive, work), 'rootfs', member)
  const folder = join(work, 'unpacked')
  mkdirSync(folder)
  await run(needProgram(tar, 'unpack a disk'), ['-x', '-S', '-f', archive.file, '-C', folder, member])
  return join(folder, member)
}

/**
 * urunc's docs/package: what is to be started stands in the manifest's annotations, or, where an engine has dropped those, in
 * /urunc.json with values in base64. A unikernel of type `linux` gets Linux's words: its address, its environment, its entry point.
 */
async function uruncKernel(
  image: ImageFile,
  work: string,
): Promise<{ file: string; words: readonly string[] }> {
  const bundle = await unpackImage(image, work)
  const inside = (path: string) => join(bundle, 'rootfs', path)
  const told = {
    ...decoded(readFileSync(inside('urunc.json'), 'utf8')),
    ...(await imageAnnotations(image, work)),
  }
  const value = (name: string) => told[`com.urunc.unikernel.${name}`]
  if (value('hypervisor') !== 'qemu' || value('unikernelType') !== 'linux')
    throw new UserError(
      `urunc would start ${value('unikernelType')} under ${value('hypervisor')}, not linux under qemu`,
    )
  const { args, env } = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')).process
  const words = ['panic=-1', 'console=ttyS0', `ip=${userNetwork}`, ...env, `init=${args[0]}`]
  return { file: inside(value('binary') ?? ''), words }
}

/** The address that QEMU's user network gives; a container's network tells urunc another. */
const userNetwork = '10.0.2.15::10.0.2.2:255.255.255.0:urunc:eth0:off'

function decoded(text: string): Readonly<Record<string, string>> {
  const coded = Object.entries(JSON.parse(text) as Record<string, string>)
  return Object.fromEntries(coded.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}
