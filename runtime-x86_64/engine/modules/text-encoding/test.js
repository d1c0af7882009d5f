// biome-ignore-all lint: odd code and values are what is tested
const encoder = new TextEncoder()
const decoder = new TextDecoder()
const show = (bytes) => [...bytes].map((byte) => byte.toString(16)).join(' ')
for (const text of ['', 'abc', 'é', '€uro', '😀', '\ud83d', '\ude00x', 'a\ud800b', '\u0000'])
  console.log(show(encoder.encode(text)))
console.log(
  show(encoder.encode()),
  show(encoder.encode(undefined)),
  show(encoder.encode(null)),
  encoder.encoding,
)
for (const size of [0, 1, 2, 3, 4, 5, 9]) {
  const room = new Uint8Array(size)
  const { read, written } = encoder.encodeInto('a€😀b', room)
  console.log(size, read, written, show(room))
}
const samples = [
  [0xef, 0xbb, 0xbf, 65],
  [0xff],
  [0xc0, 0x80],
  [0xe2, 0x82],
  [0xe2, 0x82, 0xac],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x9f, 0x98, 0x80],
  [0xf0, 0x9f, 0x98],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
  [0x80, 0x41, 0xbf],
  [0xe0, 0x80, 0x80],
  [0xf0, 0x80, 0x80, 0x80],
  [0x41, 0xe2, 0x42],
  [0xf0, 0x9f, 0x41],
  [0xc3],
  [0xc3, 0xc3, 0xa9],
]
for (const sample of samples) {
  const bytes = new Uint8Array(sample)
  console.log(
    JSON.stringify(decoder.decode(bytes)),
    JSON.stringify(new TextDecoder('utf8', { ignoreBOM: true }).decode(bytes)),
  )
  try {
    console.log(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    console.log(error.name, error.code)
  }
  const stream = new TextDecoder()
  let text = ''
  for (const byte of sample) text += stream.decode(new Uint8Array([byte]), { stream: true })
  console.log(JSON.stringify(text + stream.decode()))
}
console.log(
  decoder.decode(new Uint8Array([104, 105]).buffer),
  decoder.decode(new DataView(new Uint8Array([1, 104, 105, 2]).buffer, 1, 2)),
)
console.log(
  decoder.decode(new Uint16Array([0x6968])),
  decoder.decode(),
  decoder.encoding,
  decoder.fatal,
  decoder.ignoreBOM,
)
for (const label of [' UTF-8\n', 'Utf8', 'unicode-1-1-utf-8', 'nonsense']) {
  try {
    console.log(new TextDecoder(label).encoding)
  } catch (error) {
    console.log(error.name)
  }
}
for (const bad of ['text', 5, {}]) {
  try {
    decoder.decode(bad)
  } catch (error) {
    console.log(error.name)
  }
}
const wide = {
  'utf-16le': [
    [0xff, 0xfe, 0x41, 0],
    [0x3d, 0xd8, 0, 0xde],
    [0x3d, 0xd8],
    [0, 0xde, 0x41, 0],
    [0x3d, 0xd8, 0x41, 0],
    [0x41],
    [0x3d, 0xd8, 0x41],
    [],
  ],
  latin1: [[0xa0, 0xe9, 0xff, 0x41], []],
  'utf-16be': [
    [0xfe, 0xff, 0, 0x41],
    [0xd8, 0x3d, 0xde, 0],
    [0, 0x41, 0xd8],
  ],
}
for (const [label, pieces] of Object.entries(wide))
  for (const piece of pieces) {
    const bytes = new Uint8Array(piece)
    const stream = new TextDecoder(label)
    let text = ''
    for (const byte of piece) text += stream.decode(new Uint8Array([byte]), { stream: true })
    const results = [new TextDecoder(label).decode(bytes), text + stream.decode()]
    try {
      results.push(new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes))
    } catch (error) {
      results.push(error.name)
    }
    console.log(stream.encoding, ...results.map((result) => JSON.stringify(result)))
  }
console.log(new TextDecoder('latin1').decode(new Uint8Array([0x80, 0x81, 0x9f]), { stream: true }))
for (const label of ['UCS-2', 'unicodefffe', 'ascii', 'iso_8859-1:1987'])
  console.log(new TextDecoder(label).encoding)
console.log(Object.prototype.toString.call(encoder), Object.prototype.toString.call(decoder))
