import { setMaxListeners } from 'node:events'
import { request } from 'node:http'

/**
 * Milliseconds (of performance.now, since `startedAt`) until an HTTP GET is first answered, with 200 unless `accepts` says otherwise: a new connection every 20 ms,
 * because a connection made before the guest listens is lost. Undefined when `stop` says so first.
 */
export async function firstResponse(
  url: string,
  startedAt: number,
  stop: AbortSignal,
  accepts: (status: number) => boolean = (status) => status === 200,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const attempts = new AbortController()
    setMaxListeners(0, attempts.signal) // one an attempt, and there are many while firmware runs
    const finish = (result: number | undefined) => {
      clearInterval(timer)
      stop.removeEventListener('abort', onStop)
      attempts.abort()
      resolve(result)
    }
    const onStop = () => finish(undefined)
    const attempt = () => {
      const get = request(url, { agent: false, signal: attempts.signal }, (response) => {
        response.resume()
        if (accepts(response.statusCode ?? 0)) finish(performance.now() - startedAt)
      })
      get.on('error', () => {}) // not yet
      get.end()
    }
    const timer = setInterval(attempt, 20)
    stop.addEventListener('abort', onStop)
    attempt()
    if (stop.aborted) onStop()
  })
}
