// biome-ignore-all lint: odd code and values are what is tested
const target = new EventTarget()
const log = (name) => (event) => console.log(name, event.type, event.target === target)
const first = log('first')
target.addEventListener('a', first)
target.addEventListener('a', first)
target.addEventListener('a', log('once'), { once: true })
target.addEventListener('a', { handleEvent: log('object') })
console.log(target.dispatchEvent(new Event('a')), target.dispatchEvent(new Event('a')))
target.removeEventListener('a', first)
target.removeEventListener('a', () => {})
console.log(target.dispatchEvent(new Event('a')), target.dispatchEvent(new Event('b')))
target.addEventListener('c', (event) => event.preventDefault())
const plain = new Event('c')
const cancelable = new Event('c', { cancelable: true })
console.log(
  target.dispatchEvent(plain),
  target.dispatchEvent(cancelable),
  plain.defaultPrevented,
  cancelable.defaultPrevented,
)
target.addEventListener('d', (event) => event.stopImmediatePropagation())
target.addEventListener('d', () => console.log('never'))
target.dispatchEvent(new Event('d'))
const custom = new CustomEvent('e', { detail: { x: 1 } })
target.addEventListener('e', (event) =>
  console.log(event.detail.x, event instanceof Event, event.composedPath().length),
)
target.dispatchEvent(custom)
console.log(
  custom.target === target,
  custom.currentTarget,
  custom.composedPath().length,
  new CustomEvent('f').detail,
)
for (const call of [() => new Event(), () => target.dispatchEvent({}), () => target.dispatchEvent()]) {
  try {
    call()
  } catch (error) {
    console.log(error.name)
  }
}
target.addEventListener('again', (event) => {
  try {
    target.dispatchEvent(event)
  } catch (error) {
    console.log('refused')
  }
})
target.dispatchEvent(new Event('again'))
class Mine extends EventTarget {
  fire() {
    return this.dispatchEvent(new Event('x'))
  }
}
const mine = new Mine()
mine.addEventListener('x', function () {
  console.log(this === mine)
})
mine.fire()
