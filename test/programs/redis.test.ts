import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../base/run.js'
import { addProgram, linuxEnvironment, needFile } from '../helpers/linux-programs.js'
import { scratchFolder } from '../helpers/scratch.js'
import { type Server, startServer, stopServer } from './servers.js'

// Debian's redis-server, with redis-benchmark and redis-cli on this Linux. One connection is made after the other, or few at once: the
// emulator's user network holds a single connection that it has not accepted yet.
describe('redis-server', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  let server: Server
  let tools: { readonly cli: string; readonly benchmark: string }

  before(async function () {
    const program = needFile(this, '/usr/bin/redis-check-rdb', 'redis-tools') // it is the server by another name
    tools = {
      cli: needFile(this, '/usr/bin/redis-cli', 'redis-tools'),
      benchmark: needFile(this, '/usr/bin/redis-benchmark', 'redis-tools'),
    }
    mkdirSync(join(scratch(), 'root/data'), { recursive: true })
    await addProgram(join(scratch(), 'root'), '/bin/redis-server', program)
    server = await startServer({
      folder: scratch(),
      init: '/bin/redis-server',
      args: [
        '--protected-mode',
        'no',
        '--dir',
        '/data',
        '--appendonly',
        'yes',
        '--save', // by itself it would take a second process
        '',
        '--enable-debug-command',
        'yes',
      ],
      port: 6379,
      memory: 96,
    })
  })
  after(() => server?.session.guest.kill())

  async function cli(...args: string[]): Promise<string> {
    const options = { env: linuxEnvironment, timeout: 60_000 }
    return (await run(tools.cli, ['-p', String(server.port), ...args], options)).stdout.trimEnd()
  }

  it('keeps every type, counts, expires, scripts and publishes', async () => {
    expect(await cli('set', 'a', 'one')).to.equal('OK')
    expect(await cli('append', 'a', ' two')).to.equal('7')
    expect(await cli('get', 'a')).to.equal('one two')
    expect(await cli('rpush', 'list', '3', '1', '2')).to.equal('3')
    expect(await cli('sort', 'list')).to.equal('1\n2\n3')
    expect(await cli('zadd', 'scores', '2', 'b', '1', 'a')).to.equal('2')
    expect(await cli('zrange', 'scores', '0', '-1')).to.equal('a\nb')
    expect(await cli('eval', 'local s = 0 for i = 1, 1000 do s = s + i end return s', '0')).to.equal('500500')
    expect(await cli('set', 'short', 'x', 'px', '1')).to.equal('OK')
    expect(await cli('get', 'short')).to.equal('')
    expect(await cli('publish', 'channel', 'nobody')).to.equal('0')
  })

  it('writes its file and reads it again; what takes a second process fails with a reason', async () => {
    expect(await cli('debug', 'populate', '1000', 'key', '200')).to.equal('OK')
    expect(await cli('save')).to.equal('OK')
    expect(await cli('debug', 'reload', 'nosave')).to.equal('OK')
    expect(Number(await cli('dbsize'))).to.be.greaterThan(1000)
    expect(await cli('bgsave')).to.match(/ERR/)
    expect(server.text()).to.match(/Can't save in background: fork: Function not implemented/)
  })

  it('its own benchmark runs through, and the memory comes back', async () => {
    const used = async () => Number(/used_memory:(\d+)/.exec(await cli('info', 'memory'))?.[1])
    const before = await used()
    const tests = 'ping_mbulk,set,get,incr,lpush,rpop,sadd,hset,spop,zadd,zpopmin,lrange_100,mset'
    const load = ['-p', String(server.port), '-n', '500', '-c', '8', '-t', tests, '--csv']
    const { stdout } = await run(tools.benchmark, load, { env: linuxEnvironment, timeout: 90_000 })
    expect(stdout.match(/^"[A-Z].*","[0-9.]+",/gm)).to.have.length(14, stdout)
    expect(await cli('flushall')).to.equal('OK')
    expect(await used()).to.be.lessThan(before + (1 << 20))
  })

  it('shuts down in order by SIGTERM', async () => {
    expect(await stopServer(server)).to.equal(0)
    expect(server.text()).to.match(/ready to exit, bye bye/)
  })
})
