import { expect } from 'chai'
import { forEachParallel } from '../../../publish/for-each-parallel.js'
import { retry } from '../../../publish/retry.js'
import { waitUntil } from '../../../publish/wait-until.js'

const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 1))

describe('retry', () => {
  const options = { attempts: 4, pause: 1, isTransient: (error: unknown) => error !== 'never' }

  it('tries as often as it may, and gives the last failure', async () => {
    const tried: number[] = []
    const work = async (attempt: number) => {
      tried.push(attempt)
      if (attempt < 3) throw 'again'
      return 'done'
    }
    expect(await retry(work, options)).to.equal('done')
    expect(tried).to.deep.equal([1, 2, 3])
    const failed = await retry((attempt) => Promise.reject(`${attempt}`), options).catch(
      (error: unknown) => error,
    )
    expect(failed).to.equal('4')
  })

  it('does not try again what will not succeed', async () => {
    let count = 0
    const work = () => {
      count++
      return Promise.reject('never')
    }
    expect(await retry(work, options).catch((error: unknown) => error)).to.equal('never')
    expect(count).to.equal(1)
  })

  it('is ended in a pause by its signal', async () => {
    const signal = AbortSignal.timeout(5)
    const work = () => Promise.reject('again')
    const ended = retry(work, { ...options, attempts: 9, pause: 60_000, signal }).catch(
      (error: Error) => error.name,
    )
    expect(await ended).to.equal('AbortError')
  })
})

describe('forEachParallel', () => {
  it('has no more under way than it may, and leaves none out', async () => {
    const done: number[] = []
    let now = 0
    let most = 0
    await forEachParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, ++now)
      await soon()
      now--
      done.push(item)
    })
    expect(most).to.equal(3)
    expect(done.sort()).to.deep.equal([1, 2, 3, 4, 5, 6, 7])
  })

  it('begins nothing after a failure, and waits for what is under way', async () => {
    const begun: number[] = []
    const done: number[] = []
    const work = async (item: number) => {
      begun.push(item)
      await soon()
      if (item === 2) throw 'no'
      await soon()
      done.push(item)
    }
    expect(await forEachParallel([1, 2, 3, 4, 5], 3, work).catch((error: unknown) => error)).to.equal('no')
    expect(begun).to.deep.equal([1, 2, 3])
    expect(done).to.deep.equal([1, 3])
  })
})

describe('waitUntil', () => {
  it('asks until it is so, or the time is over', async () => {
    let asked = 0
    expect(await waitUntil(async () => ++asked === 4, { poll: 1, limit: 1000 })).to.equal(true)
    expect(asked).to.equal(4)
    expect(await waitUntil(async () => false, { poll: 1, limit: 10 })).to.equal(false)
  })

  it('is ended by its signal', async () => {
    const ended = waitUntil(async () => false, {
      poll: 60_000,
      limit: 600_000,
      signal: AbortSignal.timeout(5),
    })
    expect(await ended.catch((error: Error) => error.name)).to.equal('AbortError')
  })
})
