import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OciRecipe } from '../../targets/lib/recipe.js'
import { imageTools, unpackImage } from '../container-image.js'
import { runBundle, runc } from '../containers/runc.js'
import { type RuntimeConfig, writeRuntimeConfig } from '../containers/runtime-config.js'
import type { MachineKind, MachineOptions } from '../machine.js'

/** A container image as an engine starts it: unpacked by umoci, run by runc, in the host's network. */
const oci: MachineKind<OciRecipe> = {
  name: 'oci',
  sharesHostPorts: true,
  needs: ({ image }) => [runc, ...imageTools(image)],
  start: (recipe, options) => runBundle((work) => unpack(recipe, options, work)),
}
export default oci

async function unpack(recipe: OciRecipe, options: MachineOptions, work: string): Promise<string> {
  const bundle = await unpackImage(recipe.image, work)
  const config: RuntimeConfig = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'))
  adapt(config, options, { ...recipe.env, ...options.env })
  writeRuntimeConfig(bundle, config)
  return bundle
}

// What `docker run --network host -e … IMAGE ARGS` changes in the image's own configuration.
function adapt(config: RuntimeConfig, options: MachineOptions, env: Readonly<Record<string, string>>): void {
  config.process.terminal = false
  config.process.args.push(...options.args)
  const overridden = Object.keys(env).map((key) => `${key}=`)
  config.process.env = [
    ...config.process.env.filter((entry) => !overridden.some((prefix) => entry.startsWith(prefix))),
    ...Object.entries(env).map(([key, value]) => `${key}=${value}`),
  ]
  config.linux.namespaces = config.linux.namespaces.filter((namespace) => namespace.type !== 'network')
}
