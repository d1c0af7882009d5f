import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { descendants } from '../../../base/descendants.js'

describe('descendants', () => {
  it('finds children of children', async function () {
    if (process.platform !== 'linux') this.skip()
    const inner = "require('child_process').spawn('sleep', ['60'], { stdio: 'ignore' }); console.log('up')"
    const child = spawn(process.execPath, ['-e', `${inner}; setInterval(() => {}, 1000)`], { stdio: 'pipe' })
    await once(child.stdout, 'data')
    const found = descendants(process.pid)
    const [sleep] = descendants(child.pid ?? 0)
    expect(found).to.include(child.pid).and.to.include(sleep)
    for (const pid of [sleep, child.pid]) process.kill(pid ?? 0, 'SIGKILL')
  })
})
