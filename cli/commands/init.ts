import { relative, resolve } from 'node:path'
import { UnikCommand } from '../command.js'
import { ciNames, initProject, templateNames } from '../init-project.js'
import { Args, Flags } from '../oclif.js'

export default class Init extends UnikCommand {
  static override summary =
    'Write a small app that builds, boots and passes unik test, or what a CI system runs'
  static override args = { folder: Args.string({ description: 'where; default: here', default: '.' }) }
  static override examples = [
    '<%= config.bin %> init my-app',
    '<%= config.bin %> init job --template script',
    '<%= config.bin %> init --ci github',
  ]
  static override flags = {
    template: Flags.string({
      description: 'http: a server; script: a program that runs and ends',
      options: templateNames,
      default: 'http',
    }),
    ci: Flags.string({
      description: 'also a release by this CI system; into a project that is there, only that',
      options: ciNames,
    }),
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Init)
    const folder = resolve(args.folder)
    const files = initProject(folder, flags)
    const here = relative(process.cwd(), folder)
    if (!this.jsonEnabled()) {
      this.log(files.map((file) => `wrote ${here === '' ? file : `${here}/${file}`}`).join('\n'))
      const command = flags.template === 'script' ? 'unik boot' : 'unik dev'
      const next = files.includes('package.json') ? command : 'git add --all . && git commit && git push'
      this.log(`next: ${here === '' ? '' : `cd ${here} && `}${next}`)
    }
    return { folder, files }
  }
}
