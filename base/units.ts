/** Bytes for people: 812 KiB, 1.20 MiB. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KiB`
  return `${(bytes / 1024 / 1024).toFixed(2)} MiB`
}

/** Milliseconds for people: 0.8 ms, 41 ms, 2.35 s. */
export function timeText(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(2)} s`
  const seconds = Math.round(milliseconds / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** Large counts for people: 950, 812 K, 4.31 M. */
export function countText(count: number): string {
  if (count < 1000) return `${count}`
  if (count < 1_000_000) return `${Math.round(count / 1000)} K`
  return `${(count / 1_000_000).toFixed(2)} M`
}
