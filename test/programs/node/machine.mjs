import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import os from 'node:os'
import { monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

export default {
  async 'process.memoryUsage'() {
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
    ok(rss > 20_000_000 && rss < os.totalmem() && heapUsed < heapTotal && external > 0)
    ok(process.memoryUsage.rss() > 20_000_000)
    const before = process.memoryUsage.rss()
    const block = Buffer.alloc(32 << 20, 1)
    ok(process.memoryUsage.rss() - before > 24 << 20)
    equal(block[1], 1)
    ok(process.constrainedMemory() >= 0)
    if (process.availableMemory) ok(process.availableMemory() > 1 << 20)
  },

  async 'process.resourceUsage and cpuUsage'() {
    const start = process.cpuUsage()
    const used = () => process.cpuUsage(start).user + process.cpuUsage(start).system
    while (used() < 20_000); // µs; the limit of a check tells of a clock that stands
    const usage = process.resourceUsage()
    ok(usage.maxRSS > 20_000 && usage.minorPageFault > 100)
  },

  async 'os: processors, memory, load, uptime'() {
    const cpus = os.cpus()
    ok(cpus.length >= 1 && os.availableParallelism() >= 1)
    ok(cpus[0].model.length > 0 && cpus[0].times.user + cpus[0].times.sys >= 0)
    ok(os.totalmem() > 100 << 20 && os.freemem() > 0 && os.freemem() < os.totalmem())
    equal(os.loadavg().length, 3)
    ok(os.loadavg().every((load) => load >= 0))
    ok(os.uptime() > 0)
  },

  async 'os: names and user'() {
    equal(os.type(), 'Linux')
    equal(os.arch(), 'x64')
    equal(os.endianness(), 'LE')
    match(os.release(), /^\d+\.\d+/)
    ok(os.hostname().length > 0 && os.tmpdir() === '/tmp' && os.version().length > 0)
    equal(os.userInfo().uid, process.getuid())
    os.setPriority(os.getPriority())
  },

  async 'os.networkInterfaces'() {
    const all = os.networkInterfaces()
    const addresses = Object.values(all).flat()
    ok(addresses.some(({ address, internal }) => address === '127.0.0.1' && internal))
    for (const { address, netmask, mac, family } of addresses) {
      ok(address.length > 2 && netmask.length > 1 && /^IPv[46]$/.test(family))
      match(mac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
    }
  },

  async 'timers keep their order and time'() {
    const order = []
    const begun = performance.now()
    setImmediate(() => order.push('immediate'))
    process.nextTick(() => order.push('tick'))
    Promise.resolve().then(() => order.push('job'))
    const late = sleep(60).then(() => order.push('60'))
    await sleep(20).then(() => order.push('20'))
    await late
    deepEqual(order.filter((what) => what !== 'immediate').slice(-2), ['20', '60'])
    await new Promise(setImmediate)
    equal(order.length, 5)
    ok(performance.now() - begun >= 59, 'early')
    let ticks = 0
    const interval = setInterval(() => ticks++, 5)
    await sleep(100)
    clearInterval(interval)
    ok(ticks > 3 && ticks <= 21, `${ticks} ticks of 5 ms in 100 ms`)
  },

  async 'perf_hooks: marks, histogram, event loop'() {
    const entries = []
    const observer = new PerformanceObserver((list) => entries.push(...list.getEntries()))
    observer.observe({ entryTypes: ['measure'] })
    performance.mark('a')
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    do await sleep(100)
    while (delay.count === 0)
    delay.disable()
    performance.mark('b')
    performance.measure('a to b', 'a', 'b')
    await sleep(1)
    equal(entries[0].name, 'a to b')
    ok(entries[0].duration >= 99)
    ok(delay.count > 0 && delay.mean > 0)
    ok(performance.eventLoopUtilization().idle >= 0)
    ok(performance.timeOrigin > 1_600_000_000_000)
  },

  async 'process.report'() {
    const report = process.report.getReport()
    const { header, javascriptHeap, libuv, resourceUsage, sharedObjects, userLimits } = report
    equal(header.processId, process.pid)
    equal(header.nodejsVersion, process.version)
    ok(javascriptHeap.totalMemory > 0 && libuv.length > 0 && resourceUsage.rss !== 0)
    ok(sharedObjects.some((path) => path.includes('libc.so')))
    ok(userLimits && header.cpus.length >= 1 && header.networkInterfaces.length >= 1)
  },

  async 'signals: a handler runs'() {
    const got = new Promise((resolve) => process.once('SIGUSR2', resolve))
    process.kill(process.pid, 'SIGUSR2')
    equal(await got, 'SIGUSR2')
    equal(process.kill(process.pid, 0), true)
  },

  async 'child_process says that there are no processes, or runs one'() {
    const run = promisify(execFile)
    const outcome = await Promise.resolve()
      .then(() => run(process.execPath, ['--version']))
      .catch((error) => error)
    ok(outcome.code === 'ENOSYS' || outcome.stdout.trim() === process.version, String(outcome))
  },

  async 'stdout, stderr and stdin are usable'() {
    ok(process.stdout.writable && process.stderr.writable)
    ok(typeof process.stdin.fd === 'number')
    await new Promise((resolve) => process.stdout.write('written\n', resolve))
    await new Promise((resolve) => process.stderr.write('and this\n', resolve))
  },
}
