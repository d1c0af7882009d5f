/** The page's only style sheet; its digest stands in the page's policy. Text has a contrast of 4.5 to 1 or more in both schemes. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #dfe3e8; --faint: #eef0f3;
  --text: #1c2128; --muted: #57606a; --link: #0b57b0;
  --good: #14672d; --good-back: #dff3e4; --bad: #a01a1a; --bad-back: #fde3e1;
  --warn: #7a4d00; --warn-back: #fbeccb; --quiet: #4b5563; --quiet-back: #e6e9ee;
  --size: #5b6f8a; --time: #3b78d8; --output: #6f9ae0;
  --firmware: #7a828e; --loader: #9065c9; --kernel: #3b78d8; --engine: #b7791f; --app: #2e9e5b;
  --black: #57606a; --red: #b3261e; --green: #14672d; --yellow: #7a4d00;
  --blue: #0b57b0; --magenta: #8a2a8a; --cyan: #0b6470; --white: #4b5563;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101317; --card: #181c22; --line: #2c323a; --faint: #20252c;
    --text: #e4e8ed; --muted: #9aa4b1; --link: #7fb4ff;
    --good: #7ddb96; --good-back: #173423; --bad: #ff9d95; --bad-back: #45201f;
    --warn: #f0c36d; --warn-back: #3a2d12; --quiet: #b3bcc8; --quiet-back: #2a3039;
    --size: #8497b1; --time: #5b93ea; --output: #86aeee;
    --black: #9aa4b1; --red: #ff9d95; --green: #7ddb96; --yellow: #f0c36d;
    --blue: #7fb4ff; --magenta: #e39be3; --cyan: #6fd3de; --white: #e4e8ed;
  }
}
* { box-sizing: border-box }
html { scroll-padding-top: 3rem; -webkit-text-size-adjust: 100% }
body {
  margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 80rem;
  background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
a { color: var(--link) }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0 }
ul, ol { list-style: none }
summary { cursor: pointer }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }

.kind { color: var(--muted); font-size: 13px; letter-spacing: .04em }
h1 { font-size: 2rem; line-height: 1.2; overflow-wrap: anywhere }
.headline { font-size: 1.15rem; font-weight: 600; margin: .25rem 0 1rem }
.headline.good { color: var(--good) } .headline.bad { color: var(--bad) }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem }
.facts dt { color: var(--muted); font-size: 13px }
.digest { display: inline-flex; align-items: center; gap: .4rem; white-space: nowrap }
.digest svg { width: 1rem; height: 1rem; flex: none }

.layers { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1.5rem 0 }
.layers li { flex: 1 1 14rem; align-content: flex-start; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .75rem; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .5rem }
.layers .absent { color: var(--muted); background: none; border-style: dashed }
.few { color: var(--muted); font-size: 13px; margin-left: auto }
.marks { display: flex; flex-wrap: wrap; gap: 3px; width: 100%; margin: .25rem 0 .2rem }
.mark { width: .7rem; height: .7rem; border-radius: 2px; background: var(--bad) }
.mark.passed { background: var(--app) }
.mark.skipped { background: none; border: 2px solid var(--quiet) }

.status { display: inline-block; border-radius: 1rem; padding: 0 .6rem; font-size: 13px; font-weight: 600; white-space: nowrap; color: var(--bad); background: var(--bad-back) }
.status.passed { color: var(--good); background: var(--good-back) }
.status.hung { color: var(--warn); background: var(--warn-back) }
.status.skipped { color: var(--quiet); background: var(--quiet-back) }

.attention, .budget { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin-bottom: 1rem }
.attention { border-left: 4px solid var(--bad) }
.attention h2, .budget h2 { font-size: 1rem }
.attention li, .budget li { margin-top: .35rem; overflow-wrap: anywhere }
.budget p, .budget summary { color: var(--muted) }

table { border-collapse: collapse; width: 100% }
th { text-align: left; font-weight: inherit }
caption { text-align: left; color: var(--muted); font-size: 13px; padding: .5rem 0 }
.key { white-space: nowrap; margin-left: .75rem }
.swatch { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; margin-right: .3rem }
.number { text-align: right; font-variant-numeric: tabular-nums }
.rows { table-layout: fixed }
.rows > thead th { color: var(--muted); font-size: 13px; padding: .4rem .75rem; vertical-align: bottom }
.rows > thead th:nth-child(1) { width: 25% } .rows > thead th:nth-child(2) { width: 10% }
.rows > thead th:nth-child(3), .rows > thead th:nth-child(4), .rows > thead th:nth-child(5) { width: 10.5% }
.rows > thead th:nth-child(6) { width: 17% }
.layer h2 { font-size: 1rem; padding: 1.25rem 0 .4rem }
.row > *, .more > td { background: var(--card) }
.row > * { padding: .6rem .75rem 0; vertical-align: top; border-top: 1px solid var(--line) }
.more > td { padding: .1rem .75rem .6rem }
.row > :first-child, .more > td { border-left: 1px solid var(--line) }
.row > :last-child, .more > td { border-right: 1px solid var(--line) }
.rows > tbody > tr:last-child > td { border-bottom: 1px solid var(--line) }
.row:target > th { box-shadow: inset 4px 0 var(--link) }
.target { display: block; font-weight: 600; overflow-wrap: anywhere }
.proof { display: block; color: var(--muted); font-size: 13px; line-height: 1.35 }
.value { display: block }
.bar { display: block; width: 100%; height: 4px; margin: .15rem 0; fill: var(--time) }
.bar .track { fill: var(--faint) } .gap { fill: var(--card) }
[data-label="Size"] .bar { fill: var(--size) } [data-label="First output"] .bar { fill: var(--output) }
.change { font-size: 13px; color: var(--muted) } .change.worse { color: var(--bad) } .change.better { color: var(--good) }
.none { color: var(--muted) }
.phases { display: block; width: 100%; height: 12px; margin-top: .35rem; background: var(--faint); border-radius: 2px }
.firmware { fill: var(--firmware); background: var(--firmware) } .loader { fill: var(--loader); background: var(--loader) }
.kernel { fill: var(--kernel); background: var(--kernel) } .engine { fill: var(--engine); background: var(--engine) }
.app { fill: var(--app); background: var(--app) } .idle { fill: var(--card); opacity: .6 }
.carries .what { color: var(--muted); font-size: 13px; display: block }

.more summary { color: var(--muted); font-size: 13px }
.why { color: var(--bad); overflow-wrap: anywhere } .skipped + .more .why { color: var(--muted) }
.run, .history { margin-top: .75rem; padding-top: .75rem; border-top: 1px dashed var(--line) }
.run > * + *, .history > * + * { margin-top: .75rem }
h3 { font-size: 15px }
.tests { max-width: 60rem }
.tests li { display: grid; grid-template-columns: 1.2rem 1fr auto; gap: 0 .3rem; padding: .1rem 0 }
.tests .title { overflow-wrap: anywhere } .tests .took { color: var(--muted); font-variant-numeric: tabular-nums }
.tests .passed .sign { color: var(--good) } .tests .failed .sign, .tests .failed .title { color: var(--bad) }
.tests pre { grid-column: 2 / -1; background: var(--faint); border-radius: .35rem; padding: .5rem .75rem; margin: .25rem 0 }
.timeline { max-width: 60rem } .timeline caption { padding: 0 0 .25rem }
.timeline th, .timeline td { padding: .1rem .75rem .1rem 0; font-size: 13px }
.timeline thead { color: var(--muted) }
.timeline .chart { width: 50%; padding-right: 0 } .timeline .chart svg { display: block; width: 100%; height: 12px; background: var(--faint) }
.console { background: var(--faint); border-radius: .35rem; padding: .5rem .75rem; max-height: 30rem; overflow: auto }
.console .at { color: var(--muted); user-select: none }
.bold { font-weight: 700 }
.black { color: var(--black) } .red { color: var(--red) } .green { color: var(--green) } .yellow { color: var(--yellow) }
.blue { color: var(--blue) } .magenta { color: var(--magenta) } .cyan { color: var(--cyan) } .white { color: var(--white) }
.code { background: var(--faint); border-radius: .35rem; padding: .4rem .75rem } .code .label { color: var(--muted); font-size: 13px }
.code pre { user-select: all }
.trends { display: flex; flex-wrap: wrap; gap: .75rem 2rem } .trends dt { color: var(--muted); font-size: 13px } .trends dt::first-letter { text-transform: uppercase }
.trends dd { display: flex; align-items: center; gap: .5rem; font-variant-numeric: tabular-nums }
.sparkline { width: 7.5rem; height: 1.75rem } .sparkline polyline { fill: none; stroke: var(--time); stroke-width: 1.5 } .sparkline path { stroke: var(--line) } .sparkline circle { fill: var(--time) }

@media (max-width: 60rem) {
  body { padding: 1.25rem .75rem 3rem }
  .layers li { flex-basis: 10rem }
  .rows, .rows > tbody, .rows > caption, .row, .row > *, .more, .more > td, .layer, .layer > th { display: block; width: 100% }
  .rows > thead { display: none }
  .row { display: grid; grid-template-columns: repeat(3, 1fr); background: var(--card); border: 1px solid var(--line); border-bottom: 0; border-radius: .5rem .5rem 0 0; padding: .6rem .75rem .3rem; gap: .5rem .75rem }
  .row > *, .row > :first-child, .row > :last-child { padding: 0; border: 0; min-width: 0 }
  .row > th { grid-column: 1 / 3 } .row .state { text-align: right }
  .row .number { text-align: left }
  .row .boot, .row .carries { grid-column: 1 / -1 }
  .row [data-label]::before { content: attr(data-label); display: block; color: var(--muted); font-size: 13px }
  .row .carries { display: flex; flex-wrap: wrap; align-items: center; gap: 0 .5rem } .row .carries::before { display: none !important }
  .more > td, .rows > tbody > tr:last-child > td { border: 1px solid var(--line); border-top: 0; border-radius: 0 0 .5rem .5rem; margin-bottom: .6rem }
  .timeline thead { display: none }
  .timeline tr { display: grid; grid-template-columns: 1fr auto; gap: 0 .75rem; margin-bottom: .3rem }
  .timeline td:nth-child(2) { display: none } .timeline th, .timeline td { padding: 0 } .timeline .chart { grid-column: 1 / -1; width: auto }
}
@media print { body { max-width: none; background: none } }
`
