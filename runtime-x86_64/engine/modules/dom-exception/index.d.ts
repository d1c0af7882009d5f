// biome-ignore-all lint: declarations follow the APIs that they describe
declare class DOMException extends Error {
  constructor(message?: string, name?: string)
  readonly code: number
}
