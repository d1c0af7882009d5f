// biome-ignore-all lint: declarations follow the APIs that they describe
/** UTF-8 only: other labels throw a RangeError. */
declare class TextEncoder {
  readonly encoding: 'utf-8'
  encode(text?: string): Uint8Array
  encodeInto(text: string, room: Uint8Array): { read: number; written: number }
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
  readonly encoding: 'utf-8'
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string
}
