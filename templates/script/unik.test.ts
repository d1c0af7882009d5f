import { expect } from 'chai'
import { app } from 'unik/test'

// `unik test` runs this against every target: the binary, the containers, each booted image.
describe('the script', () => {
  it('greets', () => app.waitFor(/^Hello from unik$/m))

  it('ends well', async () => {
    expect((await app.exit).status).to.equal(0)
  })
})
