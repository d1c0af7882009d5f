// biome-ignore-all lint: odd code and values are what is tested
// Plain data takes a way of its own; whatever it leaves out has to come out alike.
class Point {
  constructor() {
    this.x = 1
  }
}
class Timed {
  toJSON(key) {
    return `at ${key}`
  }
}
const shared = { s: 1 }
const samples = [
  {},
  [],
  null,
  true,
  5,
  'text',
  { a: 1, b: 'x', c: null, d: [1, 'two', [3]], e: { f: {} } },
  { u: undefined, f() {}, s: Symbol('s'), n: NaN, i: -Infinity },
  [undefined, () => {}, Symbol('x'), NaN],
  { 2: 'b', 1: 'a', z: 0, '-1': 1, 10: 1 },
  { 'é"\\\n': '\u0001\u001f\u2028\ud800😀é\b\f\n\r\t"\\' },
  [1.5, -0, 0, 1e21, 1e-7, 123456789012, 0.1 + 0.2, 5e-324, 1.7976931348623157e308],
  new Point(),
  { p: new Point() },
  new Timed(),
  { t: new Timed(), l: [new Timed()] },
  new Date(0),
  { d: new Date(0) },
  new Map([[1, 2]]),
  new Set([1]),
  /x/,
  new Error('e'),
  [new Number(1), new String('s'), new Boolean(false)],
  Object.create({ inherited: 1 }),
  Object.create(null, { v: { value: 1, enumerable: true } }),
  Object.defineProperty({ a: 1 }, 'hidden', { value: 2 }),
  {
    get computed() {
      return 7
    },
  },
  { [Symbol('k')]: 1, k: 2 },
  [, 1],
  Object.assign([1], { extra: 1 }),
  new Uint8Array([1, 2]),
  {
    toJSON() {
      return { replaced: true }
    },
  },
  { toJSON: 5 },
  [shared, shared, { shared }],
  'a'.repeat(300) + 'b',
  { rope: `${'a'.repeat(200)}${'b'.repeat(200)}${Math.round(1.4)}` },
  new Proxy({ a: 1 }, {}),
  [new Proxy([1], {})],
]
for (const sample of samples) console.log(JSON.stringify(sample))
const cyclic = { name: 'c' }
cyclic.self = [cyclic]
for (const call of [
  () => JSON.stringify(cyclic),
  () => JSON.stringify({ b: 1n }),
  () =>
    JSON.stringify({
      get a() {
        throw new RangeError('got')
      },
    }),
]) {
  try {
    console.log(call())
  } catch (error) {
    console.log(error.name)
  }
}
let deep = 1
for (let i = 0; i < 100; i++) deep = { deep, list: [deep] && [] }
console.log(JSON.stringify(deep).length)
Object.prototype.toJSON = () => 'everywhere'
console.log(JSON.stringify({ a: 1 }), JSON.stringify([1]))
delete Object.prototype.toJSON
Array.prototype.toJSON = () => 'arrays'
console.log(JSON.stringify({ a: [1] }))
delete Array.prototype.toJSON
console.log(
  JSON.stringify({ a: [1, { b: 2 }] }, null, 2),
  JSON.stringify({ a: 1, b: 2 }, ['b']),
  JSON.stringify({ a: 1 }, (k, v) => (k ? v + 1 : v)),
)
