import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { descendants } from '../../../base/descendants.js'
import { start } from '../../../base/run.js'

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

  it('end with a program that is killed, and so cannot end them itself', async function () {
    if (process.platform !== 'linux') this.skip()
    const inner =
      "require('child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }); console.log('up')"
    const running = await start(process.execPath, ['-e', `${inner}; setInterval(() => {}, 1000)`])
    await once(running.stdout, 'data')
    const [sleep] = descendants(running.pid ?? 0)
    running.kill('SIGKILL')
    await running.ended
    for (let i = 0; i < 100 && existsSync(`/proc/${sleep}`); i++) await pause(50)
    expect(existsSync(`/proc/${sleep}`)).to.equal(false)
  })
})
