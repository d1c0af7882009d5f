// biome-ignore-all lint: odd code and values are what is tested
const headers = new Headers({ 'Content-Type': 'text/plain', 'X-B': '  padded\t' })
headers.append('x-a', '1')
headers.append('X-A', '2')
console.log(
  headers.get('x-a'),
  headers.get('X-b'),
  headers.get('nope'),
  headers.has('CONTENT-TYPE'),
  headers.has('none'),
)
console.log(
  JSON.stringify([...headers]),
  JSON.stringify([...headers.keys()]),
  JSON.stringify([...headers.values()]),
)
headers.set('x-a', '3')
headers.delete('X-B')
headers.delete('absent')
console.log(JSON.stringify([...headers.entries()]))
headers.append('Set-Cookie', 'a=1')
headers.append('set-cookie', 'b=2')
console.log(JSON.stringify(headers.getSetCookie()), headers.get('set-cookie'), JSON.stringify([...headers]))
headers.forEach((value, name, all) => console.log(name, value, all === headers))
console.log(JSON.stringify([...new Headers(headers)]))
console.log(
  JSON.stringify([
    ...new Headers([
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
    ]),
  ]),
)
console.log(JSON.stringify([...new Headers(new Map([['k', 'v']]))]))
console.log(
  new Headers([['x', 'é']]).get('x'),
  new Headers({ n: 5 }).get('n'),
  [...new Headers()].length,
  [...new Headers(undefined)].length,
)
const failing = [
  () => new Headers({ 'bad name': '1' }),
  () => new Headers({ ok: 'a\nb' }),
  () => new Headers({ ok: 'a\0b' }),
  () => new Headers({ '': '1' }),
  () => headers.get('('),
  () => headers.append('ok', '\u0100'),
  () => new Headers([['one']]),
  () => new Headers([['a', 'b', 'c']]),
  () => new Headers(5),
  () => new Headers(null),
  () => headers.set('é', '1'),
  () => headers.forEach(1),
  () => Headers(),
  () => Headers.prototype.get.call({}, 'a'),
]
for (const call of failing) {
  try {
    call()
    console.log('no error')
  } catch (error) {
    console.log(error.name)
  }
}
console.log(
  new Headers({ a: ' x \r\n' }).get('a') === 'x',
  Object.prototype.toString.call(headers),
  typeof headers[Symbol.iterator],
)
class Mine extends Headers {
  get(name) {
    return `mine ${super.get(name)}`
  }
}
const mine = new Mine({ a: '1' })
console.log(mine.get('a'), mine instanceof Mine, mine instanceof Headers)
console.log(new Headers({ a: '1', 'b-c': '2' }), new Headers())
