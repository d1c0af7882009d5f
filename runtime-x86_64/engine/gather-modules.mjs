// Prints one JSON object of all module.json files: { "<folder>": {...} }, sorted by name.
import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'

const files = process.argv.slice(2)
const modules = files.map((file) => [basename(dirname(file)), JSON.parse(readFileSync(file, 'utf8'))])
modules.sort(([a], [b]) => (a < b ? -1 : 1))
process.stdout.write(`${JSON.stringify(Object.fromEntries(modules), null, 2)}\n`)
