import { expect } from 'chai'
import { app } from './app.js'
import { currentRun } from './current-run.js'
import { givesSign } from './life.js'
import { linesInOrder } from './lines-in-order.js'
import { malformed, sendRaw } from './malformed.js'

// What every app owes its platform: the suite of a project that has none.
const run = currentRun()
const { reference } = run.order

if (reference !== undefined && reference.lines.length > 0)
  it('writes what it writes as a process', async () => {
    await app.waitFor(linesInOrder(reference.lines))
  })

if (run.order.serves !== false)
  describe('as a server', () => {
    before(function () {
      if (run.serves !== true) this.skip()
    })
    it('answers', answers)
    it('survives malformed requests', async () => {
      for (const [what, request, answer] of malformed)
        expect(await sendRaw(app.origin, request), what).to.match(answer)
      await answers()
    })
    it('stops when its platform shuts it down', stops)
    it('starts again', answers)
  })

if (run.order.serves !== true)
  describe('as a program', () => {
    before(function () {
      if (run.serves === true) this.skip()
    })
    it('ends as it should', stops)
    it('does the same again', async () => {
      await app.restart()
      await stops()
    })
  })

async function answers(): Promise<void> {
  const response = await app.fetch('/')
  await response.arrayBuffer()
  expect(response.status, 'status of /').to.be.lessThan(500)
}

async function stops(): Promise<void> {
  const own = run.serves !== true && (await endsByItself())
  if (!own) await app.signal('SIGTERM')
  const { status } = await app.exit
  if (reference !== undefined) expect(status, 'exit status').to.equal(reference.status)
  else expect(status, 'exit status').to.be.oneOf(own ? [0] : [0, 143]) // 143: of a program that has nothing to tidy up
}

/** A program that says nothing for a while has come to where it stays. */
async function endsByItself(): Promise<boolean> {
  const life = run.last
  if (reference?.endsByItself === true) await app.exit
  while (life.report === undefined && (await givesSign(life, 5)));
  return life.report !== undefined
}
