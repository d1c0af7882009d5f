// biome-ignore-all lint: declarations follow the APIs that they describe
declare class TextEncoder {
  readonly encoding: 'utf-8'
  encode(text?: string): Uint8Array
  encodeInto(text: string, room: Uint8Array): { read: number; written: number }
}

/** Of utf-8, utf-16le, utf-16be and windows-1252 (also called latin1); other labels throw a RangeError. */
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string
}
