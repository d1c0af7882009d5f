/** A wait ran out: unless the app still gives a sign of life, it hangs. */
export class WaitError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'WaitError'
  }
}

/** The promise's value, or a WaitError (`what` in so many seconds) once the time is over. */
export function within<T>(seconds: number, promise: Promise<T>, what: string): Promise<T> {
  const late = new WaitError(`${what} in ${seconds} s`) // made here, for its stack
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late), seconds * 1000)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
