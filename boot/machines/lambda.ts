import { fileURLToPath } from 'node:url'
import { needProgram, type Tool } from '../../base/find-program.js'
import { run } from '../../base/run.js'
import { temporaryFolder } from '../../base/temporary-folder.js'
import type { LambdaRecipe } from '../../targets/lib/recipe.js'
import { hostedMachine } from '../hosted-machine.js'
import type { MachineKind } from '../machine.js'

/** A function of Lambda's behind a stand-in of the Runtime API, which makes HTTP requests events and results answers. */
const lambda: MachineKind<LambdaRecipe> = {
  name: 'lambda',
  sharesHostPorts: true,
  needs: () => [bsdtar],
  async start(recipe, options) {
    const work = temporaryFolder('unik-lambda-')
    try {
      await run(needProgram(bsdtar, 'unpack .zip files'), ['-xpf', recipe.archive, '-C', work.path])
    } catch (error) {
      work.remove()
      throw error
    }
    const host = fileURLToPath(new URL('../lambda/host.js', import.meta.url))
    const args = [host, work.path, recipe.request]
    return { ...(await hostedMachine(args, options.env, work.remove)), note: notes[recipe.runtime] }
  },
}
export default lambda

const bsdtar: Tool = { program: 'bsdtar', debianPackage: 'libarchive-tools' }

const notes: Readonly<Record<LambdaRecipe['runtime'], string>> = {
  node: "this Node.js stands in for Lambda's managed runtime: it takes invocations from the Runtime API and hands them to the handler",
  custom:
    "boot/lambda/web-adapter.ts stands in for the layer with AWS's Web Adapter: invocations from the Runtime API become requests to the bootstrap",
}
