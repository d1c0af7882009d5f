import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { run } from '../../base/run.js'
import { makeProject, npmOnce, packUnik, recorders } from '../helpers/ci/project.js'
import { runWorkflow } from '../helpers/ci/run-workflow.js'
import type { JobResult, Workflow } from '../helpers/ci/workflow.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needRoot, needTool } from '../helpers/tool.js'

const file = '.github/workflows/release.yml'

// GitHub cannot be reached: its steps run here, its own actions are done with folders, and gh notes what it is asked.
describe('the workflow that unik init --ci github writes', function () {
  this.timeout(300_000)
  const scratch = scratchFolder()
  let project = ''

  before(async function () {
    needRoot(this)
    needTool(this, 'runc', 'runc')
    needTool(this, 'qemu-system-x86_64', 'qemu-system-x86')
    project = join(scratch(), 'shop')
    await makeProject(project, 'github', await packUnik(scratch()))
    const workflow = join(project, file)
    const text = readFileSync(workflow, 'utf8')
    writeFileSync(
      workflow,
      text.replace('TARGETS: all', 'TARGETS: linux,qemu,oci,deb').replace('JOBS: 8', 'JOBS: 2'),
    )
  })

  const start = async (name: string, ref: { ref_type: string; ref_name: string }) => {
    const work = join(scratch(), name)
    const { env, calls } = recorders(work, ['gh', 'apt-get'])
    npmOnce(work, join(scratch(), 'node_modules'))
    const github = { ...ref, repository: 'someone/shop', workflow: 'release', token: 'none' }
    const artifacts = join(work, 'artifacts')
    const results = await runWorkflow({ file, project, artifacts, work, github, env })
    return { work, artifacts, results, calls: readFileSync(calls, 'utf8') }
  }

  it('on a tag builds once, tests each row in a job, and releases what passed', async () => {
    const { work, artifacts, results, calls } = await start('tag', { ref_type: 'tag', ref_name: 'v1.0.0' })
    expect(outcomes(results), logs(results)).to.deep.equal([
      'build success',
      'test (qemu and 1 more) success',
      'test (oci and 1 more) success',
      'report success',
      'release success',
    ])
    expect(calls).to.include('apt-get install --yes --no-install-recommends qemu-system-x86 runc systemd\n')
    const { rows } = JSON.parse(readFileSync(join(artifacts, 'report/report.json'), 'utf8'))
    expect(
      rows.map((row: { target: string; status: string }) => `${row.target} ${row.status}`),
    ).to.deep.equal(['qemu passed', 'deb passed', 'oci passed', 'linux passed'])
    expect(results.find(({ id }) => id === 'report')?.summary).to.match(/^## shop: 4 passed in /)
    const folder = join(work, 'release-0/work/release')
    const files = ['deb', 'linux', 'oci', 'qemu'].map((target) => `${target}.tar.gz`)
    const attached = ['SHA256SUMS', ...files, 'manifest.json', 'report.html', 'sbom.cdx.json']
    expect(readdirSync(folder).sort()).to.deep.equal(attached.toSorted())
    const asked = calls.split('\n').find((line) => line.startsWith('gh ')) ?? ''
    const command = 'gh release create v1.0.0 --repo someone/shop --verify-tag --generate-notes'
    expect(asked.split(' ').sort()).to.deep.equal(
      [...command.split(' '), ...attached.map((each) => `release/${each}`)].sort(),
    )
    expect(results.at(-1)?.log).to.include(`subjects: ${attached.toSorted().join(' ')}`)
    await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder })
    expect(await packAgain(project, artifacts, join(scratch(), 'again'))).to.equal(
      readFileSync(join(folder, 'SHA256SUMS'), 'utf8'),
    )
  })

  it('fails when the app does, tells why, and releases nothing', async () => {
    const app = join(project, 'src/index.ts')
    const text = readFileSync(app, 'utf8')
    writeFileSync(app, text.replace('new Response(', 'new Response(`broken` + '))
    try {
      const { results, calls } = await start('broken', { ref_type: 'tag', ref_name: 'v1.0.1' })
      expect(outcomes(results), logs(results)).to.deep.equal([
        'build success',
        'test (qemu and 1 more) failure',
        'test (oci and 1 more) failure',
        'report failure',
        'release skipped',
      ])
      expect(calls).not.to.include('gh ')
      expect(results.find(({ id }) => id === 'report')?.summary).to.match(/^## shop: 0 passed, 4 failed/)
    } finally {
      writeFileSync(app, text)
    }
  })
})

/** The release job's own script once more, later and for another user: its checksums. */
async function packAgain(project: string, artifacts: string, folder: string): Promise<string> {
  const { jobs } = parse(readFileSync(join(project, file), 'utf8')) as Workflow
  const script = jobs.release?.steps.find(({ name }) => name === 'Pack')?.run ?? 'exit 1'
  cpSync(join(artifacts, 'dist'), folder, { recursive: true })
  cpSync(join(artifacts, 'report'), join(folder, 'report'), { recursive: true })
  const later = script.replace(
    'mkdir release',
    'find dist -exec touch {} + && chmod -R go-rwx dist && mkdir release',
  )
  await run('bash', ['-eo', 'pipefail', '-c', later], { cwd: folder })
  return readFileSync(join(folder, 'release/SHA256SUMS'), 'utf8')
}

function outcomes(results: readonly JobResult[]): string[] {
  return results.map(({ name, result }) => `${name} ${result}`)
}

function logs(results: readonly JobResult[]): string {
  return results.map(({ name, log }) => `== ${name}\n${log}`).join('\n')
}
