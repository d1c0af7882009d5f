import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../base/run.js'
import { makeProject, npmOnce, packUnik, recorders } from '../helpers/ci/project.js'
import { filesOf, type GitLabResult, runGitLab } from '../helpers/ci/run-gitlab.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needRoot, needTool } from '../helpers/tool.js'

// GitLab cannot be reached: the jobs' scripts run here, what they keep is copied from folder to folder, and glab notes what it is asked.
describe('the pipeline that unik init --ci gitlab writes', function () {
  this.timeout(300_000)
  const scratch = scratchFolder()
  let project = ''

  before(async function () {
    needRoot(this)
    needTool(this, 'runc', 'runc')
    needTool(this, 'qemu-system-x86_64', 'qemu-system-x86')
    project = join(scratch(), 'shop')
    await makeProject(project, 'gitlab', await packUnik(scratch()))
    const file = join(project, '.gitlab-ci.yml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      text.replace('TARGETS: all', 'TARGETS: linux,qemu').replace('parallel: 8', 'parallel: 3'),
    )
  })

  it('on a tag builds once, tests each row in a job, and releases what passed', async () => {
    const work = join(scratch(), 'tag')
    const { env, calls } = recorders(work, ['glab', 'apt-get'])
    npmOnce(work, join(scratch(), 'node_modules'))
    const results = await runGitLab({ project, work, env, variables: { CI_COMMIT_TAG: 'v1.0.0' } })
    expect(outcomes(results), logs(results)).to.deep.equal([
      ...['build success', 'test 1/3 success', 'test 2/3 success', 'test 3/3 success'],
      ...['report success', 'pack success', 'release success'],
    ])
    const kept = Object.fromEntries(results.map((each) => [each.name, filesOf(each)]))
    expect(kept.build).to.deep.equal(['dist.tar.gz', 'dist/sbom.cdx.json'])
    expect(kept['test 2/3']).to.include('reports/2/junit.xml')
    expect(kept['test 3/3']).to.deep.equal([]) // three jobs for two rows
    const report = results.find(({ id }) => id === 'report')?.artifacts ?? ''
    const { rows } = JSON.parse(readFileSync(join(report, 'report/report.json'), 'utf8'))
    expect(
      rows.map((row: { target: string; status: string }) => `${row.target} ${row.status}`),
    ).to.deep.equal(['qemu passed', 'linux passed'])
    const names = [
      'SHA256SUMS',
      'linux.tar.gz',
      'manifest.json',
      'qemu.tar.gz',
      'report.html',
      'sbom.cdx.json',
    ]
    expect(kept.pack).to.deep.equal(names.map((name) => `release/${name}`))
    const release = join(results.find(({ id }) => id === 'pack')?.artifacts ?? '', 'release')
    await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: release })
    const asked = readFileSync(calls, 'utf8')
    expect(asked).to.include('apt-get install --yes --no-install-recommends qemu-system-x86\n')
    const call = asked.split('\n').find((line) => line.startsWith('glab ')) ?? ''
    const command = 'glab release create v1.0.0 --name v1.0.0 --use-package-registry'
    expect(call.split(' ').sort()).to.deep.equal(
      [...command.split(' '), ...names.map((name) => `release/${name}`)].sort(),
    )
  })
})

function outcomes(results: readonly GitLabResult[]): string[] {
  return results.map(({ name, result }) => `${name} ${result}`)
}

function logs(results: readonly GitLabResult[]): string {
  return results.map(({ name, log }) => `== ${name}\n${log}`).join('\n')
}
