// Runs the checks of the modules named as arguments, one after another, each with a line of its own: `ok NAME`, or `not ok NAME` and why.
import { format } from 'node:util'

const limit = 30_000
let failed = 0
for (const name of process.argv.slice(2)) {
  const { default: checks } = await import(new URL(`${name}.mjs`, import.meta.url))
  for (const [what, check] of Object.entries(checks)) await report(`${name}: ${what}`, check)
}
console.log(`${failed} failed`)
if (failed > 0) process.exit(1)

async function report(name, check) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${limit} ms`)), limit)
  })
  try {
    await Promise.race([check(), late])
    console.log(`ok ${name}`)
  } catch (error) {
    failed++
    console.log(`not ok ${name}`)
    console.log(format(error))
  }
  clearTimeout(timer)
}
