// A row of the table: a figure beside the most that it may be.

/** `limit` and `value` in the same unit; `show` makes text of either. */
export function atMost(what, limit, value, show) {
  const missing = value === undefined || Number.isNaN(value)
  return {
    what,
    budget: `≤ ${show(limit)}`,
    measured: missing ? '-' : show(value),
    verdict: missing
      ? 'not measured'
      : value <= limit
        ? 'met'
        : `missed by ${Math.round((value / limit - 1) * 100)} %`,
  }
}

export function atLeast(what, limit, value, show) {
  const missing = value === undefined || Number.isNaN(value)
  return {
    what,
    budget: `≥ ${show(limit)}`,
    measured: missing ? '-' : show(value),
    verdict: missing
      ? 'not measured'
      : value >= limit
        ? 'met'
        : `missed by ${Math.round((1 - value / limit) * 100)} %`,
  }
}

/** A figure without a budget: a peer, for comparison. */
export function peer(what, measured) {
  return { what, budget: '', measured, verdict: '' }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

export const kib = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`
export const mib = (bytes) => `${(bytes / 1048576).toFixed(2)} MiB`
export const ms = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`
export const micros = (value) => `${value.toFixed(1)} µs`
export const million = (value) => `${(value / 1e6).toFixed(2)} M`
export const times = (value) => `${value.toFixed(2)} ×`
export const count = (value) => value.toFixed(0)
