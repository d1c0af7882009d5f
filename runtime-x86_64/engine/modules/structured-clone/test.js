// biome-ignore-all lint: odd code and values are what is tested
const shared = { s: 1 }
const source = {
  n: 1,
  s: 'text',
  b: true,
  u: undefined,
  z: null,
  i: 10n,
  d: new Date(0),
  r: /a+/gi,
  m: new Map([['k', { v: [1] }]]),
  set: new Set([1, 'two', shared]),
  list: [1, , shared, shared],
  bytes: new Uint8Array([1, 2, 3]).subarray(1),
  buffer: new ArrayBuffer(2),
  view: new DataView(new ArrayBuffer(4), 1, 2),
  boxed: [new Number(5), new String('s'), new Boolean(false)],
  f: new Float64Array([1.5]),
}
source.self = source
source.m.set('all', source.m)
const copy = structuredClone(source)
console.log(copy)
console.log(
  copy !== source,
  copy.self === copy,
  copy.list[2] === copy.list[3],
  copy.list[2] !== shared,
  [...copy.set][2] === copy.list[2],
  copy.m.get('all') === copy.m,
)
console.log(
  copy.bytes.byteOffset,
  copy.bytes.buffer.byteLength,
  copy.d instanceof Date,
  copy.r.test('xAx'),
  1 in copy.list,
  copy.view.byteLength,
)
class Point {
  constructor() {
    this.x = 1
  }
  get y() {
    return 2
  }
}
console.log(
  structuredClone(new Point()),
  structuredClone(new Point()) instanceof Point,
  structuredClone({
    get a() {
      return 5
    },
  }),
)
const error = structuredClone(Object.assign(new RangeError('far', { cause: { c: 1 } }), { extra: 1 }))
console.log(
  error instanceof RangeError,
  error.name,
  error.message,
  error.cause,
  error.extra,
  typeof error.stack,
)
class Mine extends Error {
  name = 'Mine'
}
console.log(
  structuredClone(new Mine('m')).name,
  structuredClone([1, 2]).length,
  structuredClone('x'),
  structuredClone(null),
  structuredClone(undefined),
)
for (const bad of [
  () => {},
  Symbol('s'),
  { f() {} },
  [Symbol()],
  new WeakMap(),
  Promise.resolve(),
  new Proxy({}, {}),
]) {
  try {
    structuredClone(bad)
    console.log('cloned')
  } catch (e) {
    console.log(e.name, e.code, e instanceof DOMException)
  }
}
try {
  structuredClone()
} catch (e) {
  console.log(e.name)
}
try {
  structuredClone({
    get a() {
      throw new TypeError('from the getter')
    },
  })
} catch (e) {
  console.log(e.message)
}
let deep = []
for (let i = 0; i < 100; i++) deep = [deep]
console.log(JSON.stringify(structuredClone(deep)).length)
