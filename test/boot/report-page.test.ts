import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import axe, { type AxeResults } from 'axe-core'
import { expect } from 'chai'
import { type Browser, chromium, type Page } from 'playwright-core'
import { layers } from '../../boot/report/layers.js'
import { reportPage } from '../../boot/report/page/report-page.js'
import type { RowStatus, TestReport } from '../../boot/report/test-report.js'
import { scratchFolder } from '../helpers/scratch.js'
import { digest, reportOf, rowOf, runOf } from '../helpers/test-report.js'
import { needTool } from '../helpers/tool.js'

describe('the page of a report in Chromium', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  let browser: Browser
  before(async function () {
    const executablePath = needTool(this, 'chromium', 'chromium')
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  })
  after(() => browser?.close())

  /** Shows a report's page, and says what it asked for and complained of. */
  async function show(
    report: TestReport,
    width: number,
    colorScheme: 'light' | 'dark',
    look: (page: Page) => Promise<void>,
  ) {
    const file = join(scratch(), 'index.html')
    writeFileSync(file, reportPage(report))
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme })
    const seen: string[] = []
    try {
      const page = await context.newPage()
      page.on('request', (request) => seen.push(`request ${request.url()}`))
      page.on('console', (message) => seen.push(`console ${message.text()}`))
      page.on('pageerror', (error) => seen.push(`error ${error.message}`))
      page.on('dialog', (dialog) => {
        seen.push(`dialog ${dialog.message()}`)
        void dialog.dismiss()
      })
      await page.goto(pathToFileURL(file).href)
      await look(page)
      expect(seen).to.deep.equal([`request ${pathToFileURL(file).href}`])
    } finally {
      await context.close()
    }
  }

  for (const width of [1280, 390])
    for (const scheme of ['light', 'dark'] as const)
      for (const open of [false, true])
        it(`fits ${width} pixels, ${scheme}, details ${open ? 'open' : 'as they come'}, and is accessible`, () =>
          show(everything(), width, scheme, async (page) => {
            if (open) await openDetails(page)
            expect(await whatDoesNotFit(page)).to.deep.equal([])
            expect(await problemsOf(page)).to.deep.equal([])
          }))

  it('says everything that the report knows', () =>
    show(everything(), 1280, 'light', async (page) => {
      const text = (selector: string) => page.locator(selector).allInnerTexts()
      expect(await text('.layer h2')).to.deep.equal(layers)
      expect((await text('.headline'))[0]).to.equal(
        '4 passed, 1 failed, 1 hung, 1 panicked, 1 did not start, 1 skipped of 9 rows, the budget was exceeded',
      )
      expect(await text('#os-image .value')).to.deep.equal(['1.20 MiB', '41 ms', '150 ms'])
      expect(await text('#os-image .change')).to.deep.equal(['+20 %'])
      expect(await text('#os-image .proof')).to.deep.equal(['booted on stand-in hardware'])
      expect((await text('.budget li'))[0]).to.equal('os-image size 1.20 MiB exceeds 1.00 MiB')
      const digests = await page
        .locator('.row .digest svg')
        .evaluateAll((all) => all.map((svg) => svg.outerHTML))
      expect(new Set(digests).size).to.equal(3) // the app, the bundle, and one that differs
      expect(await text('.carries .status')).to.deep.equal(['differs'])
      await openDetails(page)
      expect((await text('#vm-image + tr h3')).slice(0, 2)).to.deep.equal(['BIOS failed', 'UEFI passed'])
      expect(await text('#os-image + tr .facts dd')).to.deep.equal(['4.10 M'])
      expect(await page.locator('#os-image + tr .timeline tbody tr').count()).to.equal(3)
      expect((await text('#vm-image + tr .tests pre'))[0]).to.match(/^AssertionError: expected 500/)
      expect(await text('#os-image + tr .code pre')).to.include("unik test src/index.ts -t 'efi'")
      expect((await text('#os-image + tr .console'))[0]).to.contain('41.3 listening on 80')
      expect(await text('#os-image + tr .trends dt')).to.include('Size')
    }))

  it('draws bars that one slow row does not make dots of', async () => {
    const rows = ['a', 'b', 'c', 'd'].map((name) => rowOf(name))
    const slow = rowOf('slow', { firstOutputMs: 20_000, firstResponseMs: 21_000 })
    await show(reportOf([...rows, slow]), 1280, 'light', async (page) => {
      const widths = (row: string) =>
        page
          .locator(`#${row} .bar rect:nth-child(2)`)
          .evaluateAll((all) => all.map((bar) => Number(bar.getAttribute('width'))))
      expect((await widths('a')).slice(1)).to.deep.equal([25, 90.9])
      expect((await widths('slow')).slice(1)).to.deep.equal([100, 100])
      expect(await page.locator('.gap').count()).to.equal(2)
      expect(await page.locator('.rows > caption').innerText()).to.contain('a gap says')
    })
  })

  it('works without JavaScript, for there is none', () => {
    expect(reportPage(everything())).not.to.match(/<script|javascript:| on[a-z]+=/i)
  })

  it('executes nothing of what a report holds', () =>
    show(hostileReport(), 1280, 'light', async (page) => {
      await openDetails(page)
      expect(await page.locator('script, img, iframe, object, embed, form, input, b, i').count()).to.equal(0)
      expect(await page.evaluate(() => 'pwned' in globalThis)).to.equal(false)
      expect(await page.locator('.console').first().innerText()).to.contain(attack)
    }))

  it('has a policy under which even markup that slipped through would do nothing', async () => {
    const file = join(scratch(), 'slipped.html')
    const slipped = `<script>globalThis.pwned = 1</script><img src="http://127.0.0.1:9/" onerror="globalThis.pwned = 2"></main>`
    writeFileSync(file, reportPage(everything()).replace('</main>', slipped))
    const page = await browser.newPage()
    try {
      await page.goto(pathToFileURL(file).href)
      await page.waitForLoadState()
      expect(await page.evaluate(() => 'pwned' in globalThis)).to.equal(false)
    } finally {
      await page.close()
    }
  })
})

const attack = `</pre></main><script>globalThis.pwned = 1; alert(1)</script><img src=x onerror="alert(2)"><b>"'&`

/** A row of each layer, every status, every kind of detail. */
function everything(): TestReport {
  const statuses: RowStatus[] = ['passed', 'failed', 'hung', 'panicked', 'did not start', 'skipped']
  const failure = 'AssertionError: expected 500 to equal 400\n    at unik.test.ts:3:5'
  const failed = {
    title: 'survives a malformed request',
    status: 'failed' as const,
    milliseconds: 20,
    failure,
  }
  const rows = layers.map((layer, i) => {
    const status = statuses[i] ?? 'passed'
    const run = runOf({ status, tests: [...runOf().tests, ...(status === 'failed' ? [failed] : [])] })
    return rowOf(layer.toLowerCase().replace(/[^a-z]+/g, '-'), {
      layer,
      status,
      why: status === 'passed' ? undefined : `${status}, because ${'x'.repeat(120)}`,
      carries: layer.startsWith('language') ? 'bundle' : 'elf',
      runs:
        status === 'failed'
          ? [{ ...run, name: 'BIOS' }, runOf({ name: 'UEFI', ...machine })]
          : [{ ...run, ...machine }],
      ...(layer === 'PaaS' ? { appSha256: digest('c'), size: 300 } : {}),
      ...(layer === 'OS image' ? { size: 1.2 * 1024 * 1024 } : {}),
    })
  })
  const past = { status: 'passed' as const, size: 1024 * 1024, firstOutputMs: 41.25, firstResponseMs: 150 }
  const violation = { target: 'os-image', what: 'size' as const, measured: 1.2 * 1024 ** 2, limit: 1024 ** 2 }
  const unchecked = [
    { target: 'browser', what: 'instructions' as const, rule: '+1%', why: 'no earlier report' },
  ]
  return reportOf(rows, {
    endedAt: '2026-11-22T08:30:00Z',
    history: [0, 1].map(() => ({
      endedAt: '2026-11-21T08:30:00Z',
      appSha256: digest('d'),
      rows: { 'os-image': past },
    })),
    budget: { checked: 9, violations: [{ ...violation, rule: '1 MiB', earlier: undefined }], unchecked },
  })
}

const machine = {
  explanation: 'panic: no root\n  #0 panic at kernel/panic.c:31',
  commandLine: `qemu-system-x86_64 ${'-device virtio-blk-pci,drive=disk '.repeat(20)}`,
}

function hostileReport(): TestReport {
  const test = { title: attack, status: 'failed' as const, milliseconds: 1, failure: attack }
  const run = runOf({
    name: attack,
    status: 'failed',
    why: `${attack}!`,
    explanation: attack,
    tests: [test],
    console: [
      { text: attack, at: 1 },
      { text: `\x1b[31m${attack}`, at: 2 },
    ],
    timeline: [{ name: attack, start: 0, end: 1, idle: 0.5 }],
    repeat: attack,
    commandLine: attack,
  })
  const target = attack
  const row = rowOf(target, { status: 'failed', why: attack, appSha256: attack, runs: [run, run] })
  const violation = { target, what: 'size' as const, measured: 2, limit: 1, rule: attack, earlier: 1 }
  const unchecked = [{ target, what: 'size' as const, rule: attack, why: attack }]
  const past = {
    endedAt: attack,
    appSha256: attack,
    rows: { [target]: { status: 'passed' as const, size: 1 } },
  }
  return reportOf([row], {
    app: attack,
    appSha256: attack,
    endedAt: attack,
    history: [past, past],
    budget: { checked: 1, violations: [violation], unchecked },
  })
}

async function openDetails(page: Page): Promise<void> {
  await page.locator('details').evaluateAll((all) => {
    for (const details of all) details.setAttribute('open', '')
  })
}

/** Elements outside the window, and text that is cut off. */
function whatDoesNotFit(page: Page): Promise<string[]> {
  return page.locator('html, body *').evaluateAll((elements) =>
    elements.flatMap((element) => {
      const view = element.ownerDocument.defaultView
      if (view === null || element.closest('.hidden, svg') !== null || element.getClientRects().length === 0)
        return []
      const { left, right } = element.getBoundingClientRect()
      const outside = left < 0 || right > view.innerWidth
      const clips = element.tagName === 'HTML' || view.getComputedStyle(element).overflowX !== 'visible'
      const cut = clips && element.scrollWidth > element.clientWidth + 1
      return outside || cut ? [`${outside ? 'outside' : 'cut'}: ${element.outerHTML.slice(0, 80)}`] : []
    }),
  )
}

/** What axe-core finds against WCAG 2.2 A and AA and its own best practices, contrast included. */
async function problemsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(
    () => (globalThis as unknown as { axe: typeof axe }).axe.run() as Promise<AxeResults>,
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}
