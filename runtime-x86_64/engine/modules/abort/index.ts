// AbortController and AbortSignal (DOM, 3).

type AbortListener = ((this: AbortSignal, event: Event) => void) | null

/** Only what is made here may make signals and abort them. */
const key = Symbol('abort')

export class AbortSignal extends EventTarget {
  #aborted = false
  #reason: unknown
  #dependents: AbortSignal[] = []
  #onabort: AbortListener = null

  constructor(given?: unknown) {
    if (given !== key) throw new TypeError('Illegal constructor')
    super()
  }
  static abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): AbortSignal {
    const signal = new AbortSignal(key)
    signal[key](reason)
    return signal
  }
  static timeout(ms: number): AbortSignal {
    const signal = new AbortSignal(key)
    const reason = () => new DOMException('The operation was aborted due to timeout', 'TimeoutError')
    setTimeout(() => signal[key](reason()), ms).unref()
    return signal
  }
  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const all = [...signals]
    const aborted = all.find((signal) => signal.aborted)
    if (aborted) return AbortSignal.abort(aborted.reason)
    const any = new AbortSignal(key)
    for (const signal of all) signal.#dependents.push(any)
    return any
  }
  get aborted(): boolean {
    return this.#aborted
  }
  get reason(): unknown {
    return this.#reason
  }
  get onabort(): AbortListener {
    return this.#onabort
  }
  set onabort(listener: AbortListener) {
    if (this.#onabort) this.removeEventListener('abort', this.#onabort)
    this.#onabort = typeof listener === 'function' ? listener : null
    if (this.#onabort) this.addEventListener('abort', this.#onabort)
  }
  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason
  }
  [key](reason: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason
    this.dispatchEvent(new Event('abort'))
    for (const dependent of this.#dependents.splice(0)) dependent[key](reason)
  }
  get [Symbol.toStringTag](): string {
    return 'AbortSignal'
  }
}

export class AbortController {
  readonly #signal = new AbortSignal(key)

  get signal(): AbortSignal {
    return this.#signal
  }
  abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
    this.#signal[key](reason)
  }
  get [Symbol.toStringTag](): string {
    return 'AbortController'
  }
}
