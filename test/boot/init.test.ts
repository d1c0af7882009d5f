import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import { scratchFolder } from '../helpers/scratch.js'

const program = join(packageRoot, 'bin/run.js')

describe('unik init', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  const unik = (args: readonly string[], folder = '.') =>
    tryRun(process.execPath, [program, ...args], { cwd: join(scratch(), folder) })

  for (const [template, folder] of [
    ['http', 'My Shop'],
    ['script', 'job'],
  ] as const)
    it(`--template ${template} writes an app that passes its own tests`, async () => {
      const made = await unik(['init', folder, '--template', template])
      expect(made).to.include({ exitCode: 0 })
      expect(made.stdout).to.include(`wrote ${folder}/.gitignore`).and.include(`wrote ${folder}/src/index.ts`)
      const { stdout } = await unik(['test', '-t', 'linux,qemu', '--json'], folder)
      const { rows } = JSON.parse(stdout) as { rows: { target: string; status: string; why?: string }[] }
      expect(rows.map(({ target, status }) => `${target} ${status}`)).to.deep.equal([
        'qemu passed',
        'linux passed',
      ])
    })

  it('names the package after the folder', () => {
    const { name } = JSON.parse(readFileSync(join(scratch(), 'My Shop/package.json'), 'utf8'))
    expect(name).to.equal('my-shop')
  })

  it('writes what TypeScript accepts', async () => {
    for (const folder of ['My Shop', 'job']) {
      const project = join(scratch(), folder)
      mkdirSync(join(project, 'node_modules'), { recursive: true })
      const link = (name: string, to: string) => run('ln', ['-sfn', to, join(project, 'node_modules', name)])
      for (const name of ['chai', '@types']) await link(name, join(packageRoot, 'node_modules', name))
      await link('unik', packageRoot)
      await run(process.execPath, [join(packageRoot, 'node_modules/typescript/bin/tsc'), '-p', project])
    }
  })

  it('--ci writes into a project that is there what that system runs, and nothing else', async () => {
    mkdirSync(join(scratch(), 'theirs'))
    writeFileSync(join(scratch(), 'theirs/package.json'), '{}')
    const github = await unik(['init', '--ci', 'github', '--json'], 'theirs')
    expect(JSON.parse(github.stdout).files).to.deep.equal([
      '.github/actions/unik/action.yml',
      '.github/workflows/release.yml',
    ])
    const gitlab = await unik(['init', '--ci', 'gitlab', '--json'], 'theirs')
    expect(JSON.parse(gitlab.stdout).files).to.deep.equal(['.gitlab-ci.yml'])
    expect(readFileSync(join(scratch(), 'theirs/package.json'), 'utf8')).to.equal('{}')
    const again = await unik(['init', '--ci', 'gitlab'], 'theirs')
    expect(again.exitCode).to.equal(1)
    expect(again.stderr).to.include('.gitlab-ci.yml is there already')
  })

  it('touches nothing that is there', async () => {
    mkdirSync(join(scratch(), 'mine/src'), { recursive: true })
    writeFileSync(join(scratch(), 'mine/src/index.ts'), 'mine')
    const { exitCode, stderr } = await unik(['init'], 'mine')
    expect(exitCode).to.equal(1)
    expect(stderr).to.include('src/index.ts is there already')
    expect(readFileSync(join(scratch(), 'mine/src/index.ts'), 'utf8')).to.equal('mine')
  })
})
