// TextEncoderStream and TextDecoderStream (Encoding, 7.5 and 7.6).

/** Only the last part of a pair of surrogates may stand at the end of a chunk. */
const endsWithLead = /[\ud800-\udbff]$/

export class TextEncoderStream {
  readonly #stream: TransformStream<unknown, Uint8Array>

  constructor() {
    const encoder = new TextEncoder()
    let lead = ''
    this.#stream = new TransformStream({
      transform(chunk, controller) {
        const text = lead + String(chunk)
        lead = endsWithLead.exec(text)?.[0] ?? ''
        const bytes = encoder.encode(lead === '' ? text : text.slice(0, -1))
        if (bytes.length > 0) controller.enqueue(bytes)
      },
      flush(controller) {
        if (lead !== '') controller.enqueue(encoder.encode(lead))
      },
    })
  }
  get encoding(): string {
    this.#stream // throws for a `this` that is none
    return 'utf-8'
  }
  get readable(): ReadableStream<Uint8Array> {
    return this.#stream.readable
  }
  get writable(): WritableStream<unknown> {
    return this.#stream.writable
  }
  get [Symbol.toStringTag](): string {
    return 'TextEncoderStream'
  }
}

export class TextDecoderStream {
  readonly #decoder: InstanceType<typeof TextDecoder>
  readonly #stream: TransformStream<BufferSource, string>

  constructor(label = 'utf-8', options: { readonly fatal?: boolean; readonly ignoreBOM?: boolean } = {}) {
    const decoder = new TextDecoder(label, options)
    this.#decoder = decoder
    this.#stream = new TransformStream({
      transform(chunk, controller) {
        if (chunk === undefined) throw new TypeError('A chunk must be an ArrayBuffer or a view of one')
        const text = decoder.decode(chunk, { stream: true })
        if (text !== '') controller.enqueue(text)
      },
      flush(controller) {
        const text = decoder.decode()
        if (text !== '') controller.enqueue(text)
      },
    })
  }
  get encoding(): string {
    return this.#decoder.encoding
  }
  get fatal(): boolean {
    return this.#decoder.fatal
  }
  get ignoreBOM(): boolean {
    return this.#decoder.ignoreBOM
  }
  get readable(): ReadableStream<string> {
    return this.#stream.readable
  }
  get writable(): WritableStream<BufferSource> {
    return this.#stream.writable
  }
  get [Symbol.toStringTag](): string {
    return 'TextDecoderStream'
  }
}

type BufferSource = ArrayBuffer | NodeJS.ArrayBufferView
