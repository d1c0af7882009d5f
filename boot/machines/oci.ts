import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { atExit } from '../../base/at-exit.js'
import { needProgram } from '../../base/find-program.js'
import { run, start } from '../../base/run.js'
import { temporaryFolder } from '../../base/temporary-folder.js'
import type { OciRecipe } from '../../targets/lib/recipe.js'
import type { MachineKind, MachineOptions } from '../machine.js'
import { processMachine } from '../process-machine.js'

/** An OCI image as a runtime starts it: unpacked by umoci, run by runc, in the host's network. */
const oci: MachineKind<OciRecipe> = {
  name: 'oci',
  sharesHostPorts: true,
  async start(recipe, options) {
    const umoci = needProgram('umoci', 'umoci', 'unpack an OCI image')
    const runc = needProgram('runc', 'runc', 'run an OCI image')
    const work = temporaryFolder('unik-oci-')
    const bundle = join(work.path, 'bundle')
    try {
      await run(umoci, ['unpack', '--image', `${recipe.layout}:${recipe.reference}`, bundle])
      adaptConfig(join(bundle, 'config.json'), options)
    } catch (error) {
      work.remove()
      throw error
    }
    const pidFile = join(work.path, 'pid')
    const args = ['--root', join(work.path, 'state'), 'run', '--bundle', bundle]
    const running = await start(runc, [...args, '--pid-file', pidFile, basename(work.path)])
    const kill = () => killContainer(pidFile) || running.kill('SIGKILL')
    const forget = atExit(kill)
    return {
      // runc passes signals on
      ...processMachine(running, [runc, ...args, basename(work.path)], () => {
        forget()
        work.remove()
      }),
      kill,
    }
  },
}
export default oci

// Killing runc would leave its container running; when the container ends, runc does, and tidies up. False: there is none yet.
function killContainer(pidFile: string): boolean {
  try {
    return process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
  } catch {
    return false
  }
}

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
