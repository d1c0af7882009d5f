// Promises as the standard's algorithms use them: an app that patches Promise sees nothing of them.
const { apply } = Reflect
const nativeThen = Promise.prototype.then

const nothing = () => {}

export function then<T, R = T>(
  promise: Promise<T>,
  fulfilled?: ((value: T) => R | Promise<R>) | undefined,
  rejected?: (reason: unknown) => R | Promise<R>,
): Promise<R> {
  return apply(nativeThen, promise, [fulfilled, rejected])
}

/** Its rejection is looked after. */
export function ignore(promise: Promise<unknown>): void {
  then<unknown, unknown>(promise, undefined, nothing)
}

export const resolvedWith = <T>(value: T | Promise<T>): Promise<T> => new Promise((resolve) => resolve(value))
export const rejectedWith = (reason: unknown): Promise<never> => new Promise((_, reject) => reject(reason))

/** What a method that returns promises does with an exception. */
export function guard<T>(action: () => Promise<T>): Promise<T> {
  try {
    return action()
  } catch (error) {
    return rejectedWith(error)
  }
}

/** What a function of the app that is to return a promise gave, as a promise of our own. */
export function attempt<T>(action: () => T | Promise<T>): Promise<T> {
  try {
    return resolvedWith(action())
  } catch (error) {
    return rejectedWith(error)
  }
}

/** A promise that is settled from elsewhere, at most once. */
export class Deferred<T = void> {
  readonly promise: Promise<T>
  resolve!: (value: T | Promise<T>) => void
  reject!: (reason: unknown) => void
  pending = true

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = (value) => {
        this.pending = false
        resolve(value)
      }
      this.reject = (reason) => {
        this.pending = false
        reject(reason)
      }
    })
  }
  static resolved(): Deferred {
    const deferred = new Deferred()
    deferred.resolve()
    return deferred
  }
  /** Looked after already. */
  static rejected(reason: unknown): Deferred {
    const deferred = new Deferred()
    deferred.fail(reason)
    return deferred
  }
  /** Rejects it as one that is looked after. */
  fail(reason: unknown): void {
    this.reject(reason)
    ignore(this.promise)
  }
}
