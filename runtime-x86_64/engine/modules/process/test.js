// biome-ignore-all lint: odd code and values are what is tested
import process2, { argv, platform } from 'node:process'

console.log(
  process2 === process,
  argv.length,
  platform,
  typeof process.pid,
  process.arch,
  typeof process.version,
  process.exitCode,
)
console.log(
  typeof process.hrtime.bigint(),
  process.hrtime().length,
  process.hrtime([0, 0])[0] >= 0,
  process.uptime() > 0,
)
console.log(
  process.env.UNIK_TEST,
  'NOPE' in process.env,
  process.memoryUsage.rss() > 100000,
  typeof process.memoryUsage().heapUsed,
)
process.env.ADDED = 'x'
console.log(process.env.ADDED, delete process.env.ADDED, process.env.ADDED)
const order = []
setTimeout(() => {
  process.nextTick((a) => order.push('tick', a), 1)
  Promise.resolve().then(() => {
    order.push('then')
    process.nextTick(() => order.push('tick of then'))
  })
  queueMicrotask(() => order.push('micro'))
  order.push('sync')
}, 0)
setTimeout(() => console.log(order.join()), 5)
process.stdout.write('written ')
process.stdout.write(new Uint8Array([98, 121, 116, 101, 115, 10]))
process.once('custom', (a, b) => console.log('custom', a, b))
console.log(process.emit('custom', 1, 2), process.emit('custom', 1, 2), process.listenerCount('custom'))
const listener = () => console.log('never')
process.on('exit', listener).off('exit', listener)
process.on('unhandledRejection', (reason) => console.log('unhandled', reason.message))
process.on('uncaughtException', (error, origin) => console.log('uncaught', error.message, origin))
Promise.reject(new Error('lost'))
setTimeout(() => {
  throw new Error('thrown')
}, 10)
process.once('SIGUSR2', (name, number) => {
  console.log('signal', name, number)
  process.exitCode = 4
  clearInterval(waiting)
})
process.on('exit', (code) => console.log('exit', code, process.exitCode))
try {
  process.nextTick(5)
} catch (error) {
  console.log(error.name)
}
setTimeout(() => process.kill(process.pid, 'SIGUSR2'), 15)
const waiting = setInterval(() => {}, 40)
