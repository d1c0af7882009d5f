// biome-ignore-all lint: odd code and values are what is tested
const members = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
]
const show = (url) => members.map((member) => url[member]).join(' | ')
const parse = (input, base) => {
  try {
    return show(new URL(input, base))
  } catch (error) {
    return `${error.name} ${error.code}`
  }
}
const inputs =
  `http://example.com|https://example.com/|HTTP://EXAMPLE.com:80/A/b/../c/./d?q=1#h|https://user:pa%20ss@host:8443/p?x#y|http://a/b c|http://a/%7Ffoo%zz
http://[::1]/|http://[2001:DB8::1:0:0:1]:80/|http://[1:2:3:4:5:6:7:8]|http://[::ffff:1.2.3.4]|http://[1::2::3]|http://[::1|http://[g::]|http://[1:2:3]|http://[0:0:1:0:0:0:0:0]
http://1.2.3.4|http://0x7f.1|http://017700000001|http://256.1.1.1|http://1.2.3.4.5|http://1.2.3.|http://4294967295|http://4294967296|http://1..2|http://a.0x|http://0xffffffff1
http://a:65535/|http://a:65536/|http://a:x/|http://a:/|http://a:0080/|http://:80/|http://@/|http://u@/|http://u:p@|http://a b/|http://a<b|http://a%41b/|http://a%2fb/|http://%zz/
file:///etc/passwd|file://host/share/x|file:///C:/a/../..|file:///C|/x|file:c:\\a\\b|file://localhost/x|file:|file:///a/%2e%2e/b|file:///./x|file:a|file:/a|file:////x
mailto:a@b.c|data:text/plain,hi there#x y|javascript:alert(1)|urn:isbn:1|blob:https://a.b/c|blob:x|about:blank|x:/a/../b|x://host/p?q#f|x:///p|x:a/../b|x:?q|x:#f|x:/|x:
http:example.com|http:/example.com|http:///example.com|http:\\\\example.com\\a\\b|https:@a/|http://a?q|http://a#f|http://a/?q#f|http://a?q=é#ü|http://a/é/ü?ß|http://é.com|http://EXÄMPLE.com|http://☃.net/
http://faß.de|http://日本語.jp|http://xn--fsq.com|http://a。b|http://ＧＯ.com|http://a\u00adb.com|http://\u200b.com|http://a.b.|http://..|http://.|http://a..b|http://-a-.com|http://a_b.com|http://a*b.com
ws://a:80/|wss://a:443/x|ftp://a:21/|ftp://a:22/|http://a/\t\nb|  http://a/b  |h\tttp://a|http://a/b?'"<> \`|http://a/'"<> \`{}|http://a/#'"<> \`{}|http://a/a;b=c,d!$&()*+~|http://a/..|http://a/../|http://a/.../b|http://a/b/.|http://a/%2E%2e/x|http://a/b/%2e|http://a//b//..//c
non-special://a b|non-special://A/B|non-special://[::1]/x|non-special://a:0/|non-special://u:p@h:1/|non-special:\\a|non-special://%41|non-special://é/|//a|/a|a|?q|#f||http://|http:|:|1http://a|a b:c|+a:b|a+b-c.1:d|http://user@name@host/|http://us:er:name@host/|http://a/b?c?d#e#f|http://a?#|http://a/?|http://a/#`.split(
    /[|\n]/,
  )
const bases = [
  undefined,
  'http://base.example:81/dir/file?bq#bf',
  'file:///C:/d/e',
  'x:opaque',
  'x://host/dir/f?q',
  'mailto:a@b',
]
for (const base of bases)
  for (const input of inputs) console.log(JSON.stringify(input), '@', base, '=>', parse(input, base))

const changes = [
  ['protocol', 'https', 'ftp:', 'x', 'file', '1', 'ws:rest', ''],
  ['username', 'u', 'a:b@c/ü', ''],
  ['password', 'p', 'a:b@c', ''],
  ['host', 'new', 'new:90', 'n:x', 'a b', '', '[::1]:5', 'x/y', 'é.com:8080', 'h:99999', '1.2'],
  ['hostname', 'new', 'new:90', '', '[::1]', 'x?y', 'a#b'],
  ['port', '90', '80', '443', '', 'x', '9x', '99999', '-1', ' 5', '080'],
  ['pathname', '/a', 'b', '', '/../x', '/a?b#c', '/é', '\\a', '//x', '/a/%2e./b'],
  ['search', '?a=b', 'c', '', '?', 'é\'"', '#x'],
  ['hash', '#a', 'b', '', '#', 'é `'],
  ['href', 'http://other/', 'bad', 'x:y'],
]
for (const start of [
  'http://u:p@host:81/path?query#hash',
  'https://h/',
  'file:///x',
  'x://h/p',
  'x:opaque',
  'http://1.2.3.4/',
]) {
  for (const [member, ...values] of changes) {
    for (const value of values) {
      const url = new URL(start)
      try {
        url[member] = value
        console.log(start, member, JSON.stringify(value), url.href)
      } catch (error) {
        console.log(start, member, JSON.stringify(value), error.name)
      }
    }
  }
}

const url = new URL('http://a/?x=1&y=2')
const { searchParams } = url
searchParams.append('z', 'ü +&=')
console.log(url.href, url.searchParams === searchParams, searchParams.toString())
url.search = '?k=v'
console.log([...searchParams].join(), searchParams.get('k'), searchParams.get('x'))
searchParams.delete('k')
console.log(url.href, searchParams.size)
for (const init of [
  'a=1&b=2&a=3',
  '?q=%20+x&&=e&f&g=',
  'a=%zz&b=%ff%41',
  '',
  '=',
  '&',
  'é=ü&%F0%9F%98%80=1',
]) {
  const params = new URLSearchParams(init)
  console.log(
    JSON.stringify([...params]),
    params.toString(),
    params.getAll('a').join(),
    params.has('b'),
    params.has('a', '3'),
    params.size,
  )
}
console.log(
  new URLSearchParams({ a: 1, 'b c': 'd&' }).toString(),
  new URLSearchParams([
    ['x', 'y'],
    ['x', 'z'],
  ]).toString(),
  new URLSearchParams(new Map([['m', 'n']])).toString(),
)
console.log(
  new URLSearchParams(new URLSearchParams('a=b')).toString(),
  new URLSearchParams().toString() === '',
  new URLSearchParams(undefined).size,
  new URLSearchParams(null).toString(),
)
const params = new URLSearchParams('c=1&a=2&b=3&a=1&😀=x&\ufb03=y')
params.sort()
console.log(params.toString())
params.set('a', 'set')
params.delete('b', 'nope')
params.delete('c', '1')
console.log(params.toString(), [...params.keys()].join(), [...params.values()].join())
params.forEach((value, name, all) => console.log(name, value, all === params))
console.log(new URLSearchParams("a~b'c(d)e*f-g.h_i!=1").toString())
for (const call of [
  () => new URL(),
  () => new URLSearchParams([['a']]),
  () => new URLSearchParams([1]),
  () => params.append('a'),
  () => URL('http://a'),
  () => URL.prototype.href,
]) {
  try {
    console.log(call())
  } catch (error) {
    console.log(error.name)
  }
}
console.log(
  URL.canParse('http://a'),
  URL.canParse('nope'),
  URL.canParse('b', 'http://a'),
  `${new URL('http://a')}`,
  JSON.stringify({ u: new URL('http://a') }),
)
console.log(Object.prototype.toString.call(url), Object.prototype.toString.call(params))
console.log(
  new URL('http://u:p@a:81/b?x=1&y=%20#h'),
  new URLSearchParams('a=1&b=c+d'),
  new URLSearchParams(),
  [new URL('x:y')],
)
