// Writes prebuilt/NOTICES.txt: the licence texts of everything that may be linked into an artefact.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `root`: the repository. The texts come from the libraries' own sources, in order of name. */
export function writeNotices(root) {
  const libraries = JSON.parse(readFileSync(join(root, 'runtime-x86_64/third-party.json'), 'utf8'))
  const parts = Object.keys(libraries)
    .sort()
    .map(
      (name) =>
        `${name} (${libraries[name].licence})\n\n${licenceText(root, name, libraries[name].licenceFile)}`,
    )
  const libgcc =
    'libgcc (GPL-3.0 with the GCC Runtime Library Exception)\n\nThe exception allows its use in programs of any licence that were compiled by GCC.'
  const text = [heading, ...parts, libgcc].join(`\n\n${'-'.repeat(80)}\n\n`)
  writeFileSync(join(root, 'runtime-x86_64/prebuilt/NOTICES.txt'), `${text}\n`)
}

const heading = 'This artefact holds code of the following works, linked in parts as the app needs them.'

// Of a C file, its first comment.
function licenceText(root, name, file) {
  const text = readFileSync(join(root, '.cache/third-party', name, file), 'utf8')
  if (!file.endsWith('.c')) return text.trim()
  const comment = /^\/\*([\s\S]*?)\*\//.exec(text)?.[1] ?? ''
  return comment.replaceAll(/^ ?\* ?/gm, '').trim()
}
