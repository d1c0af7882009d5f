// Event and EventTarget (DOM, 2), without a tree: an event has one target.

interface Listener {
  readonly type: string
  readonly callback: ((event: Event) => void) | { handleEvent(event: Event): void }
  readonly capture: boolean
  readonly once: boolean
  readonly passive: boolean
  removed: boolean
}

interface ListenerOptions {
  capture?: boolean
  once?: boolean
  passive?: boolean
  signal?: { readonly aborted: boolean; addEventListener(type: string, callback: () => void): void }
}

/** What only an event's target may change. */
const state = Symbol('state')

export class Event {
  static readonly NONE = 0
  static readonly CAPTURING_PHASE = 1
  static readonly AT_TARGET = 2
  static readonly BUBBLING_PHASE = 3
  readonly type: string
  readonly bubbles: boolean
  readonly cancelable: boolean
  readonly composed: boolean
  readonly timeStamp = 0
  readonly [state] = {
    target: null as EventTarget | null,
    phase: 0,
    prevented: false,
    stopped: false,
    dispatching: false,
    passive: false,
  }

  constructor(type: string, init: { bubbles?: boolean; cancelable?: boolean; composed?: boolean } = {}) {
    if (type === undefined) throw new TypeError('The "type" argument must be specified')
    this.type = `${type}`
    this.bubbles = !!init.bubbles
    this.cancelable = !!init.cancelable
    this.composed = !!init.composed
  }
  get target(): EventTarget | null {
    return this[state].target
  }
  get srcElement(): EventTarget | null {
    return this[state].target
  }
  get currentTarget(): EventTarget | null {
    return this[state].dispatching ? this[state].target : null
  }
  get eventPhase(): number {
    return this[state].phase
  }
  get defaultPrevented(): boolean {
    return this[state].prevented
  }
  get returnValue(): boolean {
    return !this[state].prevented
  }
  get isTrusted(): boolean {
    return false
  }
  preventDefault(): void {
    if (this.cancelable && !this[state].passive) this[state].prevented = true
  }
  stopPropagation(): void {}
  stopImmediatePropagation(): void {
    this[state].stopped = true
  }
  composedPath(): EventTarget[] {
    const { dispatching, target } = this[state]
    return dispatching && target ? [target] : []
  }
  get [Symbol.toStringTag](): string {
    return 'Event'
  }
}

export class CustomEvent extends Event {
  readonly detail: unknown
  constructor(type: string, init: { detail?: unknown; bubbles?: boolean; cancelable?: boolean } = {}) {
    super(type, init)
    this.detail = init.detail ?? null
  }
  get [Symbol.toStringTag](): string {
    return 'CustomEvent'
  }
}

export class EventTarget {
  #listeners: Listener[] = []

  addEventListener(
    type: string,
    callback: Listener['callback'] | null,
    options: ListenerOptions | boolean = {},
  ): void {
    const { capture, once, passive, signal } =
      typeof options === 'boolean' ? { capture: options } : (options ?? {})
    if (!callback || signal?.aborted || this.#find(type, callback, !!capture)) return
    this.#listeners.push({
      type: `${type}`,
      callback,
      capture: !!capture,
      once: !!once,
      passive: !!passive,
      removed: false,
    })
    signal?.addEventListener('abort', () => this.removeEventListener(type, callback, { capture: !!capture }))
  }

  removeEventListener(
    type: string,
    callback: Listener['callback'] | null,
    options: ListenerOptions | boolean = {},
  ): void {
    const capture = typeof options === 'boolean' ? options : !!options?.capture
    const found = callback && this.#find(type, callback, capture)
    if (!found) return
    found.removed = true
    this.#listeners = this.#listeners.filter((listener) => listener !== found)
  }

  dispatchEvent(event: Event): boolean {
    const own = event?.[state]
    if (!own) throw new TypeError('The "event" argument must be an instance of Event.')
    if (own.dispatching) throw new DOMException('The event is already being dispatched', 'InvalidStateError')
    Object.assign(own, { target: this, phase: Event.AT_TARGET, dispatching: true, stopped: false })
    for (const listener of this.#listeners.filter(({ type }) => type === event.type)) {
      if (own.stopped) break
      if (!listener.removed) this.#call(listener, event)
    }
    Object.assign(own, { phase: Event.NONE, dispatching: false, passive: false })
    return !own.prevented
  }

  #find(type: string, callback: Listener['callback'], capture: boolean): Listener | undefined {
    return this.#listeners.find(
      (it) => it.type === `${type}` && it.callback === callback && it.capture === capture,
    )
  }

  /** What a listener throws is nobody's: it is reported as uncaught, and the other listeners still run. */
  #call(listener: Listener, event: Event): void {
    if (listener.once) this.removeEventListener(listener.type, listener.callback, listener.capture)
    event[state].passive = listener.passive
    try {
      if (typeof listener.callback === 'function') listener.callback.call(this, event)
      else listener.callback.handleEvent(event)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }

  get [Symbol.toStringTag](): string {
    return 'EventTarget'
  }
}
