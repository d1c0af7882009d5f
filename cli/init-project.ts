import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { filesBelow } from '../base/files-below.js'
import { packageRoot } from '../base/package-root.js'
import { UserError } from '../base/user-error.js'

const templates = join(packageRoot, 'templates')

/** The apps that `unik init` can write: the folders of templates/ beside what apps share and what CI systems read. */
export const templateNames: readonly string[] = readdirSync(templates)
  .filter((name) => name !== 'common' && name !== 'ci')
  .sort()

/** The CI systems that it can write a release for. */
export const ciNames: readonly string[] = readdirSync(join(templates, 'ci')).sort()

/**
 * Writes a small app into `folder`, which need not exist, and with `ci` what that system runs for a release; into a project that
 * is there, only the latter. Returns the paths written, relative to it. Nothing that is there is touched: a file in the way is an
 * error, before the first is written.
 */
export function initProject(
  folder: string,
  { template, ci }: { readonly template: string; readonly ci?: string | undefined },
): string[] {
  const words = { name: projectName(folder), unik: ownVersion() }
  const there = ci !== undefined && existsSync(join(folder, 'package.json'))
  const files = new Map([
    ...(there ? [] : [...filesOf('common'), ...filesOf(template)]),
    ...(ci === undefined ? [] : filesOf(`ci/${ci}`)),
    ...(ci === 'github' ? [actionFile] : []),
  ])
  const taken = [...files.keys()].filter((path) => existsSync(join(folder, path)))
  if (taken.length > 0)
    throw new UserError(`${taken.join(', ')} ${taken.length === 1 ? 'is' : 'are'} there already`, {
      where: folder,
      hint: there ? 'remove what shall be written anew' : 'choose an empty folder: unik init DIR',
    })
  for (const [path, source] of files) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), filled(readFileSync(source, 'utf8'), words))
  }
  return [...files.keys()].sort()
}

// Our composite action, as the workflow's own: who has it in the repository knows what it is at each commit.
const actionFile: [string, string] = ['.github/actions/unik/action.yml', join(packageRoot, 'action.yml')]

// Path in the project to path of the template. npm leaves .gitignore files out of packages, so that one goes by another name.
function filesOf(template: string): [string, string][] {
  const root = join(templates, template)
  return filesBelow(root).map((path) => [path.replace(/^gitignore$/, '.gitignore'), join(root, path)])
}

// As npm names packages.
function projectName(folder: string): string {
  const plain = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return plain === '' ? 'app' : plain
}

function ownVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version
}

function filled(text: string, words: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_all, word: string) => words[word] ?? '')
}
