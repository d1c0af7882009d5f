/**
 * Does `work` for every item, up to `limit` at one time, in order of beginning. After the first failure nothing further is begun; what
 * is under way is waited for, then that failure is thrown.
 */
export async function forEachParallel<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]()
  const failures: unknown[] = []
  const worker = async () => {
    for (let next = rest.next(); !next.done && failures.length === 0; next = rest.next())
      try {
        await work(next.value)
      } catch (error) {
        failures.push(error)
      }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  if (failures.length > 0) throw failures[0]
}
