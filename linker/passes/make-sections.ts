import { makeBuildId } from '../made/build-id.js'
import { makeDynamic } from '../made/dynamic.js'
import { makeDynamicSymbols } from '../made/dynamic-symbols.js'
import { makeGot } from '../made/got.js'
import { makeRela, makeRelr } from '../made/run-time-relocations.js'
import type { Link } from '../model.js'

/** Adds what no input holds. Sizes are final, the RELR table's apart; contents follow when addresses are known. */
export function makeSections(link: Link): void {
  makeBuildId(link)
  makeGot(link)
  switch (link.options.output) {
    case 'static-pie':
      if (link.movingWords.length > 0) makeRelr(link, '.relr.dyn')
      if (link.oddMovingWords.length > 0) makeRela(link)
      makeDynamic(link)
      return
    case 'kernel':
      makeRelr(link, '.relr')
      return
    case 'shared':
      makeDynamicSymbols(link)
      makeDynamic(link)
  }
}
