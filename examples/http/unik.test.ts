import { expect } from 'chai'
import { app } from 'unik/test'

describe('http', () => {
  it('says hello, and that it is ready', async () => {
    const response = await app.fetch('/')
    expect(response.status).to.equal(200)
    expect(await response.text()).to.equal('Hello from unik\n')
    await app.waitFor(/^ready$/m)
  })

  it('gives a query back as JSON, a hundred times', async () => {
    for (let i = 0; i < 100; i++) {
      const response = await app.fetch(`/json?i=${i}`)
      expect(response.headers.get('content-type')).to.match(/^application\/json/)
      expect(await response.json()).to.deep.equal({ path: '/json', query: { i: String(i) } })
    }
  })

  it('knows nothing else', async () => {
    expect((await app.fetch('/missing')).status).to.equal(404)
  })

  it('stops when its platform shuts it down', async () => {
    await app.signal('SIGTERM')
    expect(await app.exit).to.include({ status: 0 })
  })

  it('starts again', async () => {
    expect((await app.fetch('/')).status).to.equal(200)
  })
})
