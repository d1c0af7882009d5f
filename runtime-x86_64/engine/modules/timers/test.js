// biome-ignore-all lint: odd code and values are what is tested
// Order of timers, immediates, microtasks and ticks.
setTimeout(() => console.log('t200'), 200)
let n = 0
const interval = setInterval(() => {
  console.log('interval', ++n)
  if (n === 3) clearInterval(interval)
}, 2)
setTimeout((a, b) => console.log('t0', a, b), 0, 1, 2)
queueMicrotask(() => console.log('micro'))
Promise.resolve().then(() => console.log('then'))
const cleared = setTimeout(() => console.log('never'), 1)
clearTimeout(cleared)
const byNumber = setTimeout(() => console.log('never'), 1)
clearTimeout(+byNumber)
const unreferenced = setTimeout(() => console.log('never'), 10000)
console.log(unreferenced.unref() === unreferenced, unreferenced.hasRef(), typeof +unreferenced)
console.log('sync')
await new Promise((resolve) => setTimeout(resolve, 300))
console.log('after await')
setImmediate((word) => {
  console.log('immediate', word)
  setImmediate(() => console.log('second turn'))
  Promise.resolve().then(() => console.log('job of the immediate'))
}, 'one')
setImmediate(() => console.log('immediate two'))
clearImmediate(setImmediate(() => console.log('never')))
clearTimeout(undefined)
clearTimeout({})
for (const bad of [undefined, 'code', {}]) {
  try {
    setTimeout(bad)
  } catch (error) {
    console.log(error.name)
  }
}
await new Promise((resolve) => setTimeout(resolve, 10))
const many = []
for (let i = 0; i < 200; i++) setTimeout(() => many.push(i), (i * 7919) % 50)
const dropped = Array.from({ length: 100 }, (_, i) => setTimeout(() => many.push(-1), i % 40))
for (const timer of dropped) clearTimeout(timer)
await new Promise((resolve) => setTimeout(resolve, 80))
console.log(
  many.length,
  many.every((i, at) => at === 0 || (i * 7919) % 50 >= (many[at - 1] * 7919) % 50),
)
const refreshed = setTimeout(() => console.log('refreshed'), 20)
setTimeout(() => refreshed.refresh(), 10)
setTimeout(() => console.log('before the refreshed'), 24)
