// biome-ignore-all lint: odd code and values are what is tested
const show = async (label, promise) => {
  try {
    console.log(label, await promise)
  } catch (error) {
    console.log(label, error.name)
  }
}
const response = new Response('héllo', { status: 201, statusText: 'Made', headers: { 'X-Test': '1' } })
console.log(
  response.status,
  response.ok,
  response.statusText,
  response.type,
  response.url,
  response.redirected,
  response.bodyUsed,
)
console.log(JSON.stringify([...response.headers]), response.headers === response.headers)
const copy = response.clone()
await show('text', response.text())
console.log(response.bodyUsed, copy.bodyUsed)
await show('again', response.text())
await show('copy', copy.text())
await show(
  'json',
  new Response('{"a":[1,2,{"b":null}]}').json().then((value) => JSON.stringify(value)),
)
await show('bad json', new Response('{"a":').json())
await show('empty json', new Response('').json())
await show(
  'buffer',
  new Response('€').arrayBuffer().then((buffer) => [...new Uint8Array(buffer)].join()),
)
await show('bytes in', new Response(new Uint8Array([0xef, 0xbb, 0xbf, 104, 105])).text())
await show('view', new Response(new Uint8Array([1, 104, 105, 2]).subarray(1, 3)).text())
await show('data view', new Response(new DataView(new Uint8Array([104, 105]).buffer, 1)).text())
await show('none', new Response().text())
await show('null', new Response(null).text())
await show('number', new Response(5).text())
await show('object', new Response({}).text())
await show('params', new Response(new URLSearchParams({ a: 'b c', d: '&' })).text())
await show('brand', Response.prototype.text.call({}))
await show(
  'surrogate',
  new Response('\ud800').arrayBuffer().then((buffer) => [...new Uint8Array(buffer)].join()),
)
const types = [
  new Response('x'),
  new Response(new Uint8Array(1)),
  new Response(new URLSearchParams('a=b')),
  new Response(),
  Response.json({}),
]
console.log(types.map((it) => it.headers.get('content-type')).join(' | '))
const json = Response.json({ a: 1 }, { status: 202, headers: { 'content-type': 'application/problem+json' } })
console.log(json.status, json.headers.get('content-type'), await json.text())
console.log(Response.error().status, Response.error().type)
const redirect = Response.redirect('http://example.com/ü', 301)
console.log(redirect.status, redirect.headers.get('location'))
const failing = [
  () => new Response('', { status: 199 }),
  () => new Response('', { status: 600 }),
  () => new Response('x', { status: 204 }),
  () => new Response(null, { status: 204 }).status,
  () => new Response('', { statusText: 'a\nb' }),
  () => Response.json(undefined),
  () => Response.redirect('http://a', 200),
  () => Response.redirect('::'),
  () => Response(),
  () => new Response('', 5),
  () => Response.json(() => {}),
  () => new Request(),
  () => new Request('no url'),
  () => new Request('http://a:b@c'),
  () => new Request('http://a', { method: 'TRACE' }),
  () => new Request('http://a', { method: 'a b' }),
  () => new Request('http://a', { body: 'x' }),
]
for (const call of failing) {
  try {
    const value = call()
    console.log(typeof value === 'number' ? value : 'no error')
  } catch (error) {
    console.log(error.name)
  }
}
const request = new Request('HTTP://Example.com:80/a/../b?q=1#f', {
  method: 'post',
  body: '{"x":1}',
  headers: { 'X-A': '1' },
})
console.log(request.method, request.url, request.bodyUsed, JSON.stringify([...request.headers]))
const again = new Request(request.clone(), { headers: { only: 'this' } })
console.log(again.method, again.url, JSON.stringify([...again.headers]), await again.text())
await show(
  'request json',
  request.json().then((value) => value.x),
)
console.log(request.bodyUsed)
await show('request again', request.json())
console.log(
  ['get', 'Put', 'PATCH', 'custom'].map((method) => new Request('http://a', { method }).method).join(),
)
console.log(new Request(new URL('http://a/b')).url, new Request('http://a').headers.get('content-type'))
console.log(Object.prototype.toString.call(request), Object.prototype.toString.call(response))
