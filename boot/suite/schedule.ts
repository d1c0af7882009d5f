/** Work that takes memory while it runs. */
export interface Task<T> {
  /** MiB. */
  readonly memory: number
  run(): Promise<T>
}

/**
 * Runs tasks in parallel: at most `jobs` at once, and as many as so many MiB hold, but always one. Tasks begin in their order;
 * so are the results, whatever the order of the ends.
 */
export async function schedule<T>(tasks: readonly Task<T>[], jobs: number, memory: number): Promise<T[]> {
  const results: T[] = []
  const running = new Map<Task<T>, Promise<void>>()
  const taken = () => [...running.keys()].reduce((sum, task) => sum + task.memory, 0)
  for (const [index, task] of tasks.entries()) {
    while (running.size > 0 && (running.size >= jobs || taken() + task.memory > memory))
      await Promise.race(running.values())
    const done = task.run().then((result) => {
      results[index] = result
      running.delete(task)
    })
    running.set(task, done)
  }
  await Promise.all(running.values())
  return results
}
