import { explained, startBoot } from '../boot-session.js'
import { createBootTrace } from '../boot-trace.js'
import { UnikCommand } from '../command.js'
import { stopForDebugger } from '../debugger.js'
import { openDisk } from '../disks.js'
import {
  engineFlag,
  envFlag,
  environment,
  machineFlags,
  memory,
  portForward,
  rootfsFlags,
  rootfsOf,
} from '../flags.js'
import { Args, Flags } from '../oclif.js'
import { passSignals } from '../pass-signals.js'

export default class Boot extends UnikCommand {
  static override summary = 'Boot an app or an artefact locally, with its console here'
  static override description =
    "Given source, builds it first. The exit status is the app's own (128+n when a signal ended it), 123 when memory ran out, 124 when it hung, 125 for a failure of unik, 134 for a kernel panic."
  static override strict = false
  static override args = { subject: Args.string({ description: 'entry file, project folder or artefact' }) }
  static override examples = [
    '<%= config.bin %> boot src/server.ts -p 8080:8080',
    '<%= config.bin %> boot shop.ts blog.ts',
    '<%= config.bin %> boot dist/qemu -m 16M',
    '<%= config.bin %> boot src/server.ts -t raw --disk data.qcow2',
    '<%= config.bin %> boot src/server.ts -t ami --as UEFI',
    '<%= config.bin %> boot --rootfs ./root --init /bin/busybox -- ls -l /',
  ]
  static override flags = {
    target: Flags.string({ char: 't', description: 'boot as this target', helpValue: 'NAME' }),
    as: Flags.string({
      description: "start it in this way of the target's platform, such as UEFI",
      helpValue: 'WAY',
    }),
    ...machineFlags,
    disk: Flags.string({
      description: 'attach a disk image, raw or qcow2, which the app may write (repeatable)',
      multiple: true,
      helpValue: 'FILE',
    }),
    accel: Flags.option({
      options: ['auto', 'tcg', 'kvm'] as const,
      description: 'how to run guest code',
      default: 'auto' as const,
    })(),
    timeout: Flags.integer({
      description: 'seconds after which a guest that has neither written nor listened is ended; 0: never',
      default: 60,
      min: 0,
      helpValue: 'S',
    }),
    env: envFlag,
    kernel: Flags.string({
      description: 'word for the kernel command line, such as trace=sys',
      multiple: true,
      helpValue: 'WORD',
    }),
    trace: Flags.boolean({
      description: 'print the boot timeline: after the first response, else at the end',
    }),
    html: Flags.string({
      description: 'with --trace: also draw the timeline into this file',
      helpValue: 'FILE',
      dependsOn: ['trace'],
    }),
    gdb: Flags.boolean({
      description: 'wait for gdb before the first instruction; the line to type is printed',
    }),
    engine: engineFlag,
    ...rootfsFlags,
  }

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Boot)
    const { words, args } = splitAtDashes(argv as string[], this.argv)
    const trace = flags.trace
      ? createBootTrace(words[0] ?? 'boot', flags.html, (text) => this.logToStderr(text))
      : undefined
    const gdb = flags.gdb ? await stopForDebugger() : undefined
    const session = await startBoot({
      subject: words[0],
      otherEntries: words.slice(1),
      rootfs: rootfsOf(flags),
      target: flags.target,
      way: flags.as,
      output: flags.output,
      cwd: process.cwd(),
      env: environment(flags.env),
      args,
      memory: flags.memory === undefined ? undefined : memory(flags.memory),
      ports: (flags.publish ?? []).map(portForward),
      disks: (flags.disk ?? []).map((file) => openDisk(file, process.cwd())),
      accel: flags.accel,
      timeout: flags.gdb ? 0 : flags.timeout,
      kernelWords: [
        ...(flags.kernel ?? []),
        ...(flags.trace ? ['trace=boot'] : []),
        ...(gdb?.kernelWords ?? []),
      ],
      ...(gdb === undefined ? {} : { emulatorArgs: gdb.emulatorArgs }),
      ...(trace === undefined ? {} : { onRecord: trace.onRecord }),
      onText: (text, stream) =>
        (stream === 'err' || this.jsonEnabled() ? process.stderr : process.stdout).write(text),
      onWarning: (text) => this.logToStderr(`warning: ${text}`),
    })
    if (gdb !== undefined) this.logToStderr(gdb.attachLine(session.artefact))
    if (session.guest.note !== undefined) this.logToStderr(`note: ${session.guest.note}`)
    for (const port of session.ports)
      this.logToStderr(
        `http://127.0.0.1:${port.host} -> port ${port.guest} of ${session.artefact.facts.name}`,
      )
    process.stdout.once('error', session.guest.kill) // nobody reads on
    const stopPassing = passSignals(session.guest)
    const report = await session.ended
    stopPassing()
    gdb?.remove()
    const timeline = trace?.end()
    const explanation = explained(report)
    if (explanation !== '') this.logToStderr(explanation)
    this.status = report.status
    return {
      target: session.artefact.target,
      status: report.status,
      verdict: report.verdict,
      firstOutputMs: report.firstOutputMs,
      ...(timeline === undefined ? {} : { timeline }),
    }
  }
}

// oclif drops the `--`: what follows it in the words as typed are the app's arguments.
function splitAtDashes(
  parsed: readonly string[],
  typed: readonly string[],
): { words: string[]; args: string[] } {
  const at = typed.indexOf('--')
  if (at < 0) return { words: [...parsed], args: [] }
  const args = typed.slice(at + 1)
  return { words: parsed.slice(0, parsed.length - args.length), args }
}
