import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { needProgram } from '../../base/find-program.js'
import { run, start } from '../../base/run.js'
import type { OciRecipe } from '../../targets/lib/recipe.js'
import type { MachineKind, MachineOptions } from '../machine.js'

/** An OCI image as a runtime starts it: unpacked by umoci, run by runc, in the host's network. */
const oci: MachineKind<OciRecipe> = {
  name: 'oci',
  sharesHostPorts: true,
  async start(recipe, options) {
    const umoci = needProgram('umoci', 'umoci', 'unpack an OCI image')
    const runc = needProgram('runc', 'runc', 'run an OCI image')
    const work = mkdtempSync(join(tmpdir(), 'unik-oci-'))
    const bundle = join(work, 'bundle')
    try {
      await run(umoci, ['unpack', '--image', `${recipe.layout}:${recipe.reference}`, bundle])
      adaptConfig(join(bundle, 'config.json'), options)
    } catch (error) {
      rmSync(work, { recursive: true, force: true })
      throw error
    }
    const id = basename(work)
    const commandLine = [runc, '--root', join(work, 'state'), 'run', '--bundle', bundle, id]
    const running = await start(runc, commandLine.slice(1))
    return {
      process: running,
      commandLine,
      speaks: 'process',
      interrupt: () => running.kill('SIGINT'), // runc passes signals on
      shutdown: async () => running.kill('SIGTERM'),
      cleanUp: () => rmSync(work, { recursive: true, force: true }),
    }
  },
}
export default oci

interface RuntimeConfig {
  process: { terminal: boolean; args: string[]; env: string[] }
  linux: { namespaces: { type: string }[]; resources?: unknown; cgroupsPath?: string }
}

// What `docker run --network host -e … IMAGE ARGS` would change in the image's own configuration.
function adaptConfig(file: string, options: MachineOptions): void {
  const config = JSON.parse(readFileSync(file, 'utf8')) as RuntimeConfig
  config.process.terminal = false
  config.process.args.push(...options.args)
  const overridden = Object.keys(options.env).map((key) => `${key}=`)
  config.process.env = [
    ...config.process.env.filter((entry) => !overridden.some((prefix) => entry.startsWith(prefix))),
    ...Object.entries(options.env).map(([key, value]) => `${key}=${value}`),
  ]
  config.linux.namespaces = config.linux.namespaces.filter((namespace) => namespace.type !== 'network')
  writeFileSync(file, JSON.stringify(config))
}
