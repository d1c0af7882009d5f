import { relative, resolve } from 'node:path'
import { UnikCommand } from '../command.js'
import { initProject, templateNames } from '../init-project.js'
import { Args, Flags } from '../oclif.js'

export default class Init extends UnikCommand {
  static override summary = 'Write a small app that builds, boots and passes unik test'
  static override args = { folder: Args.string({ description: 'where; default: here', default: '.' }) }
  static override examples = ['<%= config.bin %> init my-app', '<%= config.bin %> init job --template script']
  static override flags = {
    template: Flags.string({
      description: 'http: a server; script: a program that runs and ends',
      options: templateNames,
      default: 'http',
    }),
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Init)
    const folder = resolve(args.folder)
    const files = initProject(folder, flags.template)
    const here = relative(process.cwd(), folder)
    if (!this.jsonEnabled()) {
      this.log(files.map((file) => `wrote ${here === '' ? file : `${here}/${file}`}`).join('\n'))
      this.log(
        `next: ${here === '' ? '' : `cd ${here} && `}unik ${flags.template === 'script' ? 'boot' : 'dev'}`,
      )
    }
    return { folder, files }
  }
}
