import { join, relative } from 'node:path'
import { sizeText } from '../../base/units.js'
import { targetFlag, UnikCommand } from '../command.js'
import { configFlags, readConfigFlags } from '../config-flags.js'
import { engineFlag, envFlag, environment, rootfsFlags, rootfsOf } from '../flags.js'
import { Args, Flags } from '../oclif.js'
import { type BuildResult, build } from '../pipeline.js'
import { sizeOnDisk } from '../size-on-disk.js'
import { table } from '../table.js'

export default class Build extends UnikCommand {
  static override summary = 'Build an app for one or more targets'
  static override strict = false
  static override args = { entry: Args.string({ description: 'entry file or project folder' }) }
  static override examples = [
    '<%= config.bin %> build',
    '<%= config.bin %> build src/server.ts --target qemu,oci --env PORT=3000',
    '<%= config.bin %> build --target deb --version 1.2.0 --option deb.section=web',
    '<%= config.bin %> build shop.ts blog.ts',
    '<%= config.bin %> build --rootfs ./root --init /bin/busybox',
  ]
  static override flags = {
    target: targetFlag,
    output: Flags.string({
      char: 'o',
      helpValue: 'DIR',
      description: 'folder for the artefacts, one folder a target',
      default: 'dist',
    }),
    env: envFlag,
    ...configFlags,
    engine: engineFlag,
    ...rootfsFlags,
  }

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Build)
    const result = await build({
      entries: argv as string[],
      rootfs: rootfsOf(flags),
      targets: flags.target ?? [],
      env: environment(flags.env),
      config: await readConfigFlags(flags, process.cwd()),
      output: flags.output,
      cwd: process.cwd(),
    })
    for (const warning of result.warnings) this.logToStderr(`warning: ${warning}`)
    if (!this.jsonEnabled()) this.log(report(result))
    return document(result)
  }
}

function report(result: BuildResult): string {
  const rows = result.artefacts.map((artefact) => {
    const [main] = [...artefact.files].sort((a, b) => b.size - a.size)
    return [
      artefact.target,
      relative(process.cwd(), artefact.folder) || '.',
      main === undefined ? '' : sizeText(sizeOnDisk(join(artefact.folder, main.path))),
    ]
  })
  return `${table(['target', 'folder', 'size'], rows)}\nbuilt in ${result.milliseconds} ms`
}

// The contract of --json; a path is relative to the current folder.
function document(result: BuildResult): unknown {
  return {
    app: result.app ?? null,
    bundle: result.bundle ?? null,
    artefacts: result.artefacts.map(({ target, layer, carries, folder, files }) => ({
      target,
      layer,
      carries,
      files: files.map(({ path, size, sha256 }) => ({
        path: `${relative(process.cwd(), folder).replaceAll('\\', '/')}/${path}`,
        size,
        sha256,
      })),
    })),
    milliseconds: result.milliseconds,
  }
}
