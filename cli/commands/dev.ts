import { showError, UnikCommand } from '../command.js'
import { type DevEvent, startDev } from '../dev-session.js'
import { envFlag, environment, machineFlags, memory, portForward } from '../flags.js'
import { Args, Flags } from '../oclif.js'

export default class Dev extends UnikCommand {
  static override enableJsonFlag = false
  static override summary = 'Boot an app, and build and boot it again at each save'
  static override description =
    'What runs goes on running while its successor does not build. Ctrl-C ends it. Installed packages, dot files and the output folder are not watched.'
  static override args = { entry: Args.string({ description: 'entry file or project folder' }) }
  static override examples = [
    '<%= config.bin %> dev',
    '<%= config.bin %> dev src/server.ts -p 8080:8080',
    '<%= config.bin %> dev -t linux',
  ]
  static override flags = {
    target: Flags.string({
      char: 't',
      description: 'boot as this target',
      helpValue: 'NAME',
      default: 'qemu',
    }),
    ...machineFlags,
    env: envFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Dev)
    const session = await startDev({
      entry: args.entry,
      target: flags.target,
      output: flags.output,
      cwd: process.cwd(),
      env: environment(flags.env),
      args: [],
      memory: flags.memory === undefined ? undefined : memory(flags.memory),
      ports: (flags.publish ?? []).map(portForward),
      accel: 'auto',
      kernelWords: [],
      onText: (text, stream) => (stream === 'err' ? process.stderr : process.stdout).write(text),
      onEvent: (event) => this.tell(event),
    })
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    })
    await session.stop()
  }

  tell(event: DevEvent): void {
    const ms = (value: number) => `${Math.round(value)} ms`
    if (event.kind === 'warning') this.logToStderr(`warning: ${event.text}`)
    if (event.kind === 'failed') showError(event.error, false)
    if (event.kind === 'answered') this.logToStderr(`answers, ${ms(event.sinceChangeMs)} after the save`)
    if (event.kind === 'started') {
      const [port] = event.session.ports
      const where = port === undefined ? '' : `: http://127.0.0.1:${port.host}`
      this.logToStderr(`built in ${ms(event.buildMs)}, started${where}`)
    }
    if (event.kind === 'ended') {
      if (event.explanation !== '') this.logToStderr(event.explanation)
      this.logToStderr(`ended with status ${event.status}; waiting for a change`)
    }
  }
}
