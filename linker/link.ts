import { describeImage } from './describe-image.js'
import type { Image, LinkInput, LinkOptions } from './image.js'
import { stampBuildId } from './made/build-id.js'
import { addSymbols } from './passes/add-symbols.js'
import { collectGarbage } from './passes/collect-garbage.js'
import { layOut } from './passes/layout.js'
import { makeSections } from './passes/make-sections.js'
import { mergeSections } from './passes/merge-sections.js'
import { mergeStrings } from './passes/merge-strings.js'
import { planSegments } from './passes/plan-segments.js'
import { readInputs } from './passes/read-inputs.js'
import { resolveSymbols } from './passes/resolve-symbols.js'
import { scanRelocations } from './passes/scan-relocations.js'
import { writeImage } from './passes/write-image.js'

/** Links x86-64 objects and archives into one static image. Same inputs in the same order, same bytes. */
export function link(inputs: readonly LinkInput[], options: LinkOptions): Image {
  // Objects are read; of archives only their indexes are.
  const job = readInputs(inputs, options)
  // Every name gets its one definition; the members that this takes are fetched from the archives.
  resolveSymbols(job)
  // From here on no object is added.

  // Names that only the linker can give a value: _end, __start_drivers.
  addSymbols(job)
  // From here on a symbol that is undefined stays so.

  // What cannot be reached from the entry, the roots or what is kept by its nature is left out.
  collectGarbage(job)
  // From here on only live sections count.

  // Every relocation must be possible, and every symbol it needs defined; GOT slots and run-time relocations are noted.
  scanRelocations(job)
  // The linker's own sections: build id, GOT, dynamic section, RELR table.
  makeSections(job)
  // Equal strings become one, then every input section gets its place in an output section.
  mergeSections(job, mergeStrings(job))
  // From here on no section is added.

  planSegments(job)
  layOut(job)
  // From here on nothing moves: addresses and file offsets are final.

  const bytes = writeImage(job)
  return describeImage(job, bytes, stampBuildId(job, bytes))
}
