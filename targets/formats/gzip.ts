import { gunzipSync, gzipSync } from 'fflate'

/**
 * RFC 1952, one member: no name, no time. The deflate is a JavaScript library of a pinned version, since the bytes of the
 * host's zlib differ between versions and processors.
 */
export function gzip(data: Uint8Array): Uint8Array {
  return gzipSync(data, { level: 9, mtime: 0 })
}

export function gunzip(data: Uint8Array): Uint8Array {
  return gunzipSync(data)
}
