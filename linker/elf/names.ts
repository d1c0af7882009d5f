/**
 * Name tables (SHT_STRTAB) are decoded once, as latin1, and cut by position: many times cheaper than one decoder call a name.
 * Names outside ASCII keep their identity this way, which is all that symbol resolution needs.
 */
export function decodeNames(table: Uint8Array): string {
  return Buffer.from(table.buffer, table.byteOffset, table.byteLength).toString('latin1')
}

/** The NUL-terminated name at `offset`; undefined when it lies outside of the table. */
export function nameAt(table: string, offset: number): string | undefined {
  if (offset >= table.length) return undefined
  const end = table.indexOf('\0', offset)
  return end === -1 ? undefined : table.slice(offset, end)
}
