// Writes what is generated from the kernel's tables and from declarations (the pages listed below): node scripts/docs.mjs.
// With --check it only compares. It reads compiled declarations: after a change of them, first npm run build.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configPage, configTypes, targetTable } from './config-docs.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const kernel = join(root, 'runtime-x86_64/kernel')

const pages = {
  'docs/syscalls.md': syscalls(),
  'docs/drivers.md': drivers(),
  'docs/config.md': configPage(),
  'README.md': between(readFileSync(join(root, 'README.md'), 'utf8'), 'targets', targetTable()),
  'cli/config/user-config.ts': formatted(configTypes()),
}
for (const [path, text] of Object.entries(pages)) {
  if (!process.argv.includes('--check')) writeFileSync(join(root, path), text)
  else if (readFileSync(join(root, path), 'utf8') !== text) {
    console.error(`${path} is out of date: node scripts/docs.mjs`)
    process.exitCode = 1
  }
}

// A page with the part that has this name put anew.
function between(page, name, text) {
  const [before, rest] = page.split(new RegExp(`(?<=<!-- ${name}: .* -->\\n)`))
  return `${before}${text}${rest.slice(rest.indexOf(`<!-- /${name} -->`))}`
}

function formatted(source) {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const args = [biome, 'format', '--stdin-file-path=generated.ts']
  return execFileSync(process.execPath, args, { cwd: root, input: source, encoding: 'utf8' })
}

function syscalls() {
  const table = readFileSync(join(kernel, 'sys/table.h'), 'utf8').replaceAll(/\n\s+/g, ' ')
  const rows = [...table.matchAll(/^(SYS|LINKED|REFUSED)\((\d+), (\w+), (.*)\)$/gm)].map(
    ([, kind, number, name, rest]) =>
      kind === 'REFUSED' ? refused(number, name, rest) : implemented(number, name, rest, kind === 'LINKED'),
  )
  const full = rows.filter((row) => row.includes('| complete |')).length
  const partial = rows.filter((row) => row.includes('| partial |')).length
  return `# System calls

What the kernel answers, by number (x86_64). Generated from \`runtime-x86_64/kernel/sys/table.h\`: ${full} complete, ${partial} partial,
${rows.length - full - partial} refused. A refused call returns the error named and has no effect.

| number | name | support | note |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

function implemented(number, name, rest, linked) {
  const missing = /PARTIAL\((.*)\)$/.exec(rest)?.[1]
  const notes = [linked ? 'programs of --rootfs only' : '', missing === undefined ? '' : plain(missing)]
  return `| ${number} | ${name} | ${missing === undefined ? 'complete' : 'partial'} | ${notes.filter(Boolean).join('; ')} |`
}

function refused(number, name, rest) {
  const [, error, why] = /^(\w+), (.*)$/.exec(rest)
  return `| ${number} | ${name} | ${error} | ${plain(why)} |`
}

// C string literals, side by side, as text.
function plain(literal) {
  return [...literal.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]).join('')
}

function drivers() {
  const rows = readdirSync(join(kernel, 'drivers'))
    .filter((file) => file.endsWith('.c'))
    .sort()
    .map((file) => {
      const text = readFileSync(join(kernel, 'drivers', file), 'utf8')
      const devices = /\.devices\s*=\s*((?:"(?:[^"\\]|\\.)*"\s*)+)/.exec(text)?.[1]
      return `| ${basename(file, '.c')} | ${devices === undefined ? '' : plain(devices)} |`
    })
  return `# Drivers

One file each in \`runtime-x86_64/kernel/drivers\`, from which this page is generated. A target names the drivers that its platform needs; no
other is linked.

| driver | devices |
| --- | --- |
${rows.join('\n')}
`
}
