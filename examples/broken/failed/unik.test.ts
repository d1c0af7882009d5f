import { expect } from 'chai'
import { app } from 'unik/test'

it('says hello', async () => {
  const response = await app.fetch('/')
  expect(await response.text()).to.equal('hello\n')
})
