import { expect } from 'chai'
import { app } from 'unik/test'

// `unik test` runs this against every target: the binary, the containers, each booted image.
describe('the app', () => {
  it('says that it is ready', () => app.waitFor(/ready/))

  it('greets', async () => {
    const response = await app.fetch('/')
    expect(response.status).to.equal(200)
    expect(await response.text()).to.equal('Hello from unik\n')
  })

  it('gives back what it is sent', async () => {
    const body = JSON.stringify({ words: ['one', 'two'] })
    const response = await app.fetch('/echo', { method: 'POST', body })
    expect(await response.json()).to.deep.equal({ words: ['one', 'two'] })
  })

  it('knows what it does not have', async () => {
    expect((await app.fetch('/nothing')).status).to.equal(404)
  })
})
