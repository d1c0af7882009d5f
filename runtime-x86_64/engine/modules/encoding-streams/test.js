// biome-ignore-all lint: odd code and values are what is tested
const through = async (stream, chunks) => {
  const found = []
  try {
    for await (const chunk of ReadableStream.from(chunks).pipeThrough(stream)) found.push(chunk)
  } catch (error) {
    found.push(error.name)
  }
  return found
}
const encoder = new TextEncoderStream()
console.log(encoder.encoding)
console.log(await through(encoder, ['a\ud83d', '\ude00b', '', 5, '\ud83d', 'c', '\ude00', '\ud83d']))
const decoder = new TextDecoderStream('UTF8', { ignoreBOM: true })
console.log(decoder.encoding, decoder.fatal, decoder.ignoreBOM)
console.log(
  await through(new TextDecoderStream(), [
    new Uint8Array([0xe2, 0x82]),
    new Uint8Array([0xac]).buffer,
    new Uint8Array([0xe2]),
  ]),
)
console.log(
  await through(new TextDecoderStream('utf-16le'), [new Uint8Array([0x41]), new Uint8Array([0, 0x42, 0])]),
)
console.log(await through(new TextDecoderStream('utf-8', { fatal: true }), [new Uint8Array([0x41, 0xff])]))
console.log(await through(new TextDecoderStream(), ['text']))
try {
  new TextDecoderStream('nonsense')
} catch (error) {
  console.log(error.name)
}
