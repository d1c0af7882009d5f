// biome-ignore-all lint: odd code and values are what is tested
const controller = new AbortController()
const { signal } = controller
console.log(signal.aborted, signal.reason, signal instanceof EventTarget, controller.signal === signal)
signal.onabort = (event) => console.log('onabort', event.type, event.target === signal)
signal.addEventListener('abort', () => console.log('listener', signal.aborted))
controller.abort()
controller.abort('again')
console.log(signal.aborted, signal.reason.name, signal.reason.code, signal.reason.message)
try {
  signal.throwIfAborted()
} catch (error) {
  console.log(error === signal.reason)
}
const given = AbortSignal.abort('why')
console.log(given.aborted, given.reason)
const any = AbortSignal.any([new AbortController().signal, given])
console.log(any.aborted, any.reason)
const one = new AbortController()
const dependent = AbortSignal.any([one.signal])
dependent.addEventListener('abort', () => console.log('dependent', dependent.reason))
one.abort('one')
const timed = AbortSignal.timeout(5)
timed.addEventListener('abort', () => console.log(timed.reason.name, timed.reason.message))
try {
  new AbortSignal()
} catch (error) {
  console.log(error.name)
}
const target = new EventTarget()
const stop = new AbortController()
target.addEventListener('x', () => console.log('heard'), { signal: stop.signal })
target.dispatchEvent(new Event('x'))
stop.abort()
target.dispatchEvent(new Event('x'))
await new Promise((resolve) => setTimeout(resolve, 20))
