import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { packageRoot } from '../../base/package-root.js'
import { tryRun } from '../../base/run.js'
import { needPython } from '../helpers/python.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needTool, skip } from '../helpers/tool.js'

const workflow = 'templates/ci/github/.github/workflows/release.yml'
const pipeline = 'templates/ci/gitlab/.gitlab-ci.yml'
const own = '.github/workflows/ci.yml'
const python = join(packageRoot, '.cache/python')

describe('what CI systems read', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  const at = (file: string) => join(packageRoot, file)

  /** A copy with a mistake in it. */
  const damaged = (file: string, good: string, bad: string): string => {
    const text = readFileSync(at(file), 'utf8')
    expect(text).to.include(good)
    const folder = join(scratch(), '.github/workflows')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'damaged.yml'), text.replace(good, bad))
    return join(folder, 'damaged.yml')
  }

  describe('actionlint', () => {
    const program = at('.cache/actionlint')
    const lint = (file: string) => tryRun(program, ['-no-color', file])
    before(function () {
      needTool(this, 'shellcheck', 'shellcheck') // for the scripts
      if (!existsSync(program)) skip(this, 'needs Go and its modules: npm run setup -- --test')
    })

    for (const file of [workflow, own])
      it(`finds nothing in ${file}`, async () =>
        expect(await lint(at(file))).to.include({ stdout: '', exitCode: 0 }))

    it('would find an output that no job has, and a word that a shell would split', async () => {
      const output = await lint(damaged(workflow, 'needs.build.outputs.matrix', 'needs.build.outputs.rows'))
      expect(output.stdout).to.include('property "rows" is not defined')
      const script = await lint(damaged(workflow, '"release/$target.tar.gz"', 'release/$target.tar.gz'))
      expect(script.stdout).to.include('SC2086')
    })
  })

  describe('the published schemas', () => {
    const check = (schema: string, file: string, env: Readonly<Record<string, string | undefined>>) =>
      tryRun('python3', ['-m', 'check_jsonschema', '--builtin-schema', `vendor.${schema}`, file], { env })

    for (const [schema, file, good, bad] of [
      ['github-workflows', workflow, 'timeout-minutes', 'timeout'],
      ['github-workflows', own, 'timeout-minutes', 'timeout'],
      ['github-actions', 'action.yml', 'using: composite', 'using: composition'],
      ['gitlab-ci', pipeline, 'parallel: 8', 'parallel: 0'],
    ] as const)
      it(`take ${file}, and not with ${bad}`, async function () {
        const env = needPython(this, 'check_jsonschema')
        const good_ = await check(schema, at(file), env)
        expect(good_.exitCode, good_.stdout).to.equal(0)
        expect((await check(schema, damaged(file, good, bad), env)).exitCode).to.equal(1)
      })
  })

  it('zizmor finds no way in', async function () {
    const env = needPython(this, 'zizmor-1.32.0.dist-info')
    const project = join(scratch(), 'project')
    cpSync(at('templates/ci/github'), project, { recursive: true })
    const zizmor = (...files: string[]) =>
      tryRun(
        join(python, 'bin/zizmor'),
        ['--offline', '--no-progress', '--config', at('test/ci/zizmor.yml'), ...files],
        {
          env,
        },
      )
    const result = await zizmor(project, at(own), at('action.yml'))
    expect(result.exitCode, result.stdout + result.stderr).to.equal(0)
    const open = await zizmor(
      damaged(workflow, 'unik matrix dist', 'unik matrix $' + '{{ github.head_ref }}'),
    )
    expect(open.stdout).to.include('template-injection')
  })

  it('shellcheck finds nothing in the scripts of the action and of the pipeline', async function () {
    const program = needTool(this, 'shellcheck', 'shellcheck')
    const scripts = [...actionScripts(at('action.yml')), ...pipelineScripts(at(pipeline))]
    expect(scripts).to.have.length.greaterThan(7)
    for (const [name, input] of scripts)
      expect(await tryRun(program, ['--shell=bash', '-'], { input }), name).to.include({
        stdout: '',
        exitCode: 0,
      })
  })
})

type Script = readonly [name: string, text: string]

function actionScripts(file: string): Script[] {
  const { runs } = parse(readFileSync(file, 'utf8')) as { runs: { steps: { name?: string; run?: string }[] } }
  return runs.steps.flatMap(({ name = '', run }) => (run === undefined ? [] : [[name, run] as const]))
}

function pipelineScripts(file: string): Script[] {
  const jobs = Object.entries(parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string[]>>)
  return jobs.flatMap(([name, job]) =>
    ['before_script', 'script'].flatMap((key) =>
      job[key] === undefined ? [] : [[`${name} ${key}`, job[key].join('\n')] as const],
    ),
  )
}
