import { expect } from 'chai'
import { scratchFolder } from '../helpers/scratch.js'
import type { Media } from '../matrix/media.js'
import { makeMedia } from '../matrix/media.js'
import { bootWithMemory, sweepPaths } from '../matrix/memory-sweep.js'
import { source } from '../matrix/plan.js'

// What is tried of each boot path; scripts/memory-sweep.mjs tries every size.
const samples: Readonly<Record<string, readonly number[]>> = {
  'pvh-microvm': [3, 4.5, 8, 33.7, 3583.9],
  'pvh-pc': [3, 8],
  'pvh-q35': [127.9921875],
  bzimage: [2, 8],
  'disk-bios': [2, 8],
  'cd-bios': [2, 8],
  'disk-root': [3, 8],
}

describe('memory sweep: a machine of any size serves, or says what it lacks', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  let media: Media

  before(async () => {
    media = await makeMedia(source, scratch())
  })

  for (const { name, cell, serves } of sweepPaths)
    for (const size of samples[name] ?? [])
      it(`${name} with ${size} MiB`, async () => {
        const { outcome, text } = await bootWithMemory(cell, media, size)
        if (size >= serves) expect(outcome, text).to.equal('serves')
        else expect(outcome, text).not.to.equal('hole')
      })
})
