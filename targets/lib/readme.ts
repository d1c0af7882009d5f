import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A part of the page: what is to be known, and the commands that do it. */
export interface ReadmeSection {
  readonly title: string
  readonly text?: string
  readonly commands?: readonly string[]
}

/** README.md of an artefact's folder: what it is, and the commands with which its platform starts it. */
export function writeReadme(
  folder: string,
  title: string,
  introduction: string,
  sections: readonly ReadmeSection[],
): void {
  const parts = [`# ${title}`, introduction, ...sections.flatMap(sectionParts)]
  writeFileSync(join(folder, 'README.md'), `${parts.join('\n\n')}\n`)
}

function sectionParts({ title, text, commands = [] }: ReadmeSection): string[] {
  return [
    `## ${title}`,
    ...(text === undefined ? [] : [text]),
    ...(commands.length === 0 ? [] : [['```sh', ...commands, '```'].join('\n')]),
  ]
}
