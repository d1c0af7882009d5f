import { expect } from 'chai'
import { summaryMarkdown } from '../../../../boot/report/summary-markdown.js'
import { digest, reportOf, rowOf, runOf } from '../../../helpers/test-report.js'

describe('a report as Markdown', () => {
  it('is a table with a row a target', () =>
    expect(summaryMarkdown(reportOf([rowOf('efi')]))).to.equal(`## http: 1 passed in 1 min 2 s

App: SHA-256 \`${digest('a')}\`

| layer | target | status | size | first output | first response | proof |
| --- | --- | --- | --: | --: | --: | --- |
| OS image | efi | passed | 812 KiB | 41 ms | 150 ms | booted on stand-in hardware |
`))

  it('lets no word of an app be Markdown', () => {
    const failed = { status: 'failed', why: 'a|b <img>\n*c*' } as const
    const console = [{ text: '```html', at: 1 }]
    const text = summaryMarkdown(
      reportOf([rowOf('efi', { ...failed, runs: [runOf({ ...failed, console })] })]),
    )
    expect(text).to.include('| **failed**: a\\|b \\<img\\> \\*c\\* |')
    expect(text).to.match(/\n````text\n.*```html.*\n````\n$/s)
  })
})
