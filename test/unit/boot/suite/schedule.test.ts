import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { schedule, type Task } from '../../../../boot/suite/schedule.js'

describe('schedule', () => {
  /** Tasks that note which run at once. */
  function tasks(memories: readonly number[]) {
    const running = new Set<number>()
    const seen: string[] = []
    const list = memories.map(
      (memory, index): Task<string> => ({
        memory,
        async run() {
          running.add(index)
          seen.push([...running].join('+'))
          await pause(5 * (memories.length - index))
          running.delete(index)
          return `result ${index}`
        },
      }),
    )
    return { list, seen }
  }

  it('gives results in the order of the tasks, whatever the order of their ends', async () => {
    expect(await schedule(tasks([1, 1, 1]).list, 3, 10)).to.deep.equal(['result 0', 'result 1', 'result 2'])
  })

  it('runs no more at once than asked', async () => {
    const { list, seen } = tasks([1, 1, 1, 1])
    await schedule(list, 2, 10)
    expect(seen.every((now) => now.split('+').length <= 2)).to.equal(true)
    expect(seen).to.include('0+1')
  })

  it('holds back what would not fit into the memory beside the others, but runs what is larger than it alone', async () => {
    const { list, seen } = tasks([6, 6, 50, 1])
    await schedule(list, 4, 10)
    expect(seen.slice(0, 3)).to.deep.equal(['0', '1', '2'])
  })
})
