import { expect } from 'chai'
import { prebuilt } from '../../base/package-root.js'
import { run } from '../../base/run.js'

/** What all apps of a program share: numbers that every runtime gives alike, rooms that no call of JavaScript outlives, the server. */
const shared = [
  /^class\.\d+$|_class$/, // descriptions and ids of classes
  /^engine_arg[cv]$|^running$/,
  /^loop$|^is_ready$/,
  /^run_tick$/, // the queue that it looks at is the app's
  /^url-|^fetch-types-request\.o text|^console-entries\.o lost/, // rooms
  /^serve-(connection|date|module|response)\.o /,
  /^apps-/,
]

describe('what a module keeps between two calls', () => {
  it('is the running app’s, by APP_STATE, or nobody’s', async () => {
    const { stdout } = await run('objdump', ['-t', prebuilt('app', 'libengine.a')])
    const found: string[] = []
    let file = ''
    for (const line of stdout.split('\n')) {
      file = /^(\S+\.o): /.exec(line)?.[1] ?? file
      const [, section, name] = /O (\.s?bss\S*|\.data\S*)\s+\S+(?:\s+\.hidden)?\s+(\S+)$/.exec(line) ?? []
      if (section && name && !section.startsWith('.data.rel.ro')) found.push(`${file} ${name}`)
    }
    expect(found).to.include('timers-module.o timers_first')
    const own = new Set(
      found.filter((name) => name.endsWith('_first')).flatMap((name) => [name, name.replace(/_first$/, '')]),
    )
    const others = found.filter(
      (place) =>
        !own.has(place) &&
        !shared.some((known) => known.test(place) || known.test(place.split(' ')[1] ?? '')),
    )
    expect(others).to.deep.equal([])
  })
})
