import type { BundledPackage } from '../../compiler/bundled-packages.js'
import type { RuntimeComponent } from './runtime-component.js'

/** What a work asks to be told of it. */
type Work = Pick<RuntimeComponent, 'name' | 'version' | 'licence' | 'notice'>

/** The licence texts of the works that an artefact holds beside the app, each text once, under the names of all that have it. */
export function writeNotices(works: Iterable<Work>, packages: readonly BundledPackage[]): Uint8Array {
  const names = new Map<string, string[]>()
  const add = (name: string, text: string) => {
    const known = names.get(text)
    if (known === undefined) names.set(text, [name])
    else known.push(name)
  }
  for (const { name, version, licence, notice } of works) add(`${name} ${version} (${licence})`, notice)
  for (const each of packages) add(titleOf(each), textOf(each))
  const parts = [...names].map(([text, titles]) => `${titles.join('\n')}\n\n${text}`)
  const heading = parts.length === 0 ? 'This artefact holds the code of its app only.' : holds
  return new TextEncoder().encode(`${[heading, ...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`)
}

const holds = 'This artefact holds code of the following works, in parts as the app needs them.'

function titleOf({ name, version, licence }: BundledPackage): string {
  return [name, version, `(${licence ?? 'no licence named'})`].filter((word) => word !== undefined).join(' ')
}

function textOf({ licenceFiles }: BundledPackage): string {
  if (licenceFiles.length === 0) return 'The package comes without a licence text.'
  return licenceFiles.map(({ text }) => text).join('\n\n')
}
