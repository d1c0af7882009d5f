// biome-ignore-all lint: odd code and values are what is tested
class Foo {
  constructor() {
    this.x = 1
    this.nested = { a: { b: { c: { d: 1 } } } }
  }
}
class Bar extends Map {}
class MyErr extends Error {
  constructor(m) {
    super(m)
    this.name = 'MyErr'
    this.code = 'E1'
  }
}
const circ = { name: 'c' }
circ.self = circ
circ.list = [circ, { circ }]
console.log(
  { a: 1 },
  () => {},
  function named() {},
  class A extends Map {},
  class {},
  async () => {},
  function* gen() {},
  async function* ag() {},
  () => {},
)
console.log([1, , 3], [, , 1], [], {}, [[]], [{}], Symbol('x'), [undefined, null], {
  get a() {
    return 1
  },
  set b(x) {},
  get c() {
    return 1
  },
  set c(v) {},
})
console.log(
  new Foo(),
  Object.create(null),
  Object.create({ constructor: undefined }),
  new Bar([[1, 2]]),
  Object.assign(Object.create(null), { z: 1 }),
)
console.log(
  new WeakMap(),
  new WeakSet(),
  new Map([[{ a: 1 }, 'b']]),
  new Set(['a', [1, 2]]),
  new Map(),
  new Set(),
)
console.log(
  [1.5, -0, 0, NaN, Infinity],
  'str',
  ["a'b", 'q"\'', 'nl\n', '\u001b[1m', '\x7f', 'ü', '😀', '\ud83d'],
  { 'a-b': 1, [Symbol('q')]: 2, 3: 4, valid_id: 5, $dollar: 6 },
)
console.log(
  new Uint8Array(3),
  new Float64Array([1.5, 2]),
  new ArrayBuffer(2),
  Promise.resolve(4),
  Promise.reject(new Error('x')).catch(() => {}) && 1,
  new Promise(() => {}),
  new Date(0),
  new Date(NaN),
  /x/g,
)
console.log(
  new Number(3),
  new String('abc'),
  new Boolean(false),
  Object(Symbol('s')),
  Object(10n),
  10n,
  [10n],
  Math,
  JSON,
  new Proxy({ a: 1 }, {}),
  new Proxy([1], {}),
  new Proxy(function f() {}, {}),
)
console.log(circ)
console.log([circ, circ])
console.log(Array.from({ length: 120 }, (_, i) => i))
console.log(Array.from({ length: 30 }, (_, i) => 'item' + i))
console.log(Array.from({ length: 10 }, (_, i) => ({ id: i, name: 'n' + i })))
console.log({ long: 'x'.repeat(100), other: 1, arr: Array.from({ length: 7 }, (_, i) => i * 1000) })
console.log({
  a: { b: { c: { d: 1 } }, arr: [[[[1]]]], m: new Map([['k', { deep: { er: 1 } }]]), f() {}, e: [] },
})
console.log(
  '%s is %d years and %i, %f, %j %O %%',
  'Bob',
  42.5,
  42.5,
  '1.5',
  { a: 1 },
  { b: { c: { d: {} } } },
  'extra',
  { x: 1 },
)
console.log('%s %s %s %s', null, undefined, 5n, Symbol('a'), '%s')
console.log('100%', 5)
console.log('%', 'a')
console.log('%x', 1)
console.log('%s')
console.log({
  s: 'multi\nline string that is longer than sixteen characters and therefore it will be broken into several lines ok',
})
console.log(
  [
    ['a', 1],
    ['b', 2],
  ],
  { a: [{ b: 1 }, { c: [1, 2, { d: 1 }] }] },
)
console.log(
  new (class extends Array {})(3),
  Object.assign([1, 2], { extra: true }),
  Object.assign(() => {}, { prop: 1 }),
  Object.assign(new Date(0), { p: 1 }),
)
console.log({
  undefined: undefined,
  null: null,
  true: true,
  fn: () => {},
  cls: class Q {},
  sym: Symbol.iterator,
  date: new Date(86400000),
  re: /a\/b/i,
  err: 1,
})
console.log([1, 2, 3].entries(), 'abc'[Symbol.iterator]())
console.log(
  { a: 1n, b: -0, c: [-0] },
  [true, false],
  [null],
  [[[[[]]]]],
  { a: { b: { c: {} } } },
  { a: { b: { c: [] } } },
)
console.log([3.14159, 2.71828, 1.41421, 1.73205, 2.23606, 2.44948, 2.64575, 2.82842])
console.log(['apple', 'banana', 'cherry', 'date', 'elderberry', 'fig', 'grape', 'honeydew'])
console.log(
  { [Symbol.toStringTag]: 'Tagged', a: 1 },
  new (class X {
    get [Symbol.toStringTag]() {
      return 'Y'
    }
  })(),
)
console.log(Object.create({}, { hidden: { value: 1 }, shown: { value: 2, enumerable: true } }))
console.group('G')
console.log('in\ngroup')
console.group()
console.info({ a: 1 })
console.groupEnd()
console.groupEnd()
console.groupEnd()
console.log('out')
console.count()
console.count('x')
console.count()
console.countReset()
console.count()
console.table([
  { a: 1, b: 'x' },
  { a: 2, c: true },
])
console.table([
  [1, 2],
  [3, 4],
])
console.table([1, 'a'])
console.table({ r1: { v: 1 }, r2: { v: 2 } })
console.table([{ a: 1, b: 2 }], ['b'])
console.table(5)
console.dir({ a: { b: { c: { d: { e: 1 } } } } }, { depth: 0 })
console.dir({ a: { b: { c: { d: { e: 1 } } } } }, { depth: null })
console.log(-5, 0, -0, 1e21, 1e-7, 123456789012345680000, 0.1 + 0.2)
console.log()
console.log('')
console.log(undefined, null, true)
console.log(
  {
    f: {
      [Symbol.for('nodejs.util.inspect.custom')](d) {
        return 'CUSTOM' + d
      },
    },
  },
  {
    toString() {
      return 'ts'
    },
  },
)
console.log(
  '%s',
  {
    toString() {
      return 'ts'
    },
  },
  '%s',
  [1, [2, [3]]],
  class K {},
)
console.log([new Foo(), new Foo()], { x: new Foo() })
console.log([[1, 2, [3, 4, [5, [6]]]], { a: { b: { c: { d: 1 } } } }])
console.log(Object.fromEntries(Array.from({ length: 30 }, (_, i) => ['key' + i, i])))
console.log('a'.repeat(50), ['a'.repeat(50), 'b'.repeat(50)])
console.log(new Array(5), [1, , , 4], [undefined, , 3])
console.log(globalThis === undefined, [Symbol('a b')], { 'key with space': 1, ключ: 2 })
class V8 extends TypeError {
  constructor(m) {
    super(m)
  }
}
const strip = (e) => {
  e.stack = e.stack.split('\n')[0] + '\n    at x (y.js:1:1)'
  if (e.cause?.stack) strip(e.cause)
  return e
}
console.log(strip(new Error('boom')), [strip(new TypeError('in array'))], {
  e: strip(new RangeError('in obj')),
})
console.log(
  strip(Object.assign(new Error('with props'), { code: 'E', errno: 5 })),
  strip(new MyErr('custom')),
  strip(new V8('v')),
)
console.log(
  strip(new Error('outer', { cause: strip(new Error('inner')) })),
  strip(new Error('outer', { cause: 'str' })),
)
console.log(strip(new AggregateError([strip(new Error('a'))], 'agg')))
const ns = new Error('nostack')
ns.stack = ''
console.log(ns)
const ns2 = new Error('s2')
ns2.stack = 'custom stack'
console.log(ns2, [ns2])
console.log(new Error('').message, strip(new Error()), '%s', strip(new Error('pct')))
console.log('%s', strip(new Error('pct')), new Date(0))
console.log('%s %s', new Date(0), [1, 'a', { b: { c: 1 } }])
console.log('%d %d %d %i %f', '42', 5n, {}, 7n, 'x')
console.log('a%cb', 'css')
console.log('%j', circ)
console.log(new String('a b'), [new String('x')], Object.assign(new String('q'), { z: 1 }))
console.log([, 'a'], [, ,], { a: [,] }, new Array(3).fill({}), Array(101).fill('a'))
console.log(Object.create(Foo.prototype), Object.create(Array.prototype))
console.log({ a: "it's", b: 'say "hi"', c: `back\`tick`, d: 'mix\'"', e: '${x}', f: 'tab\t' })
