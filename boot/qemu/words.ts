import { UserError } from '../../base/user-error.js'
import type { QemuRecipe } from '../../targets/lib/recipe.js'
import type { MachineOptions } from '../machine.js'

/** -kernel, and -append for what a person says at boot: kernel words, environment, arguments of the app. */
export function kernelArguments(recipe: QemuRecipe, options: MachineOptions): readonly string[] {
  const words = [...options.kernelWords, ...environmentWords(options.env), ...argumentWords(options.args)]
  if (recipe.boot.from === 'kernel')
    return ['-kernel', recipe.boot.file, ...(words.length > 0 ? ['-append', words.join(' ')] : [])]
  if (words.length > 0)
    throw new UserError(
      `what starts from ${media[recipe.boot.from]} takes no words at boot: ${words.join(' ')}`,
      {
        hint: 'build them in (unik build --env K=V), or boot the same app with -t qemu',
        status: 2,
      },
    )
  return []
}

const media = { disk: 'a disk', cd: 'a CD', efi: 'UEFI', network: 'the network' }

// Linux's command-line syntax: a word with spaces stands in double quotes, which cannot be escaped.
function environmentWords(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([key, value]) => word(`${key}=${value}`))
}

function argumentWords(args: readonly string[]): string[] {
  return args.length === 0 ? [] : ['--', ...args.map(word)]
}

function word(text: string): string {
  if (/["\n]/.test(text))
    throw new UserError(`a kernel command line cannot hold ${JSON.stringify(text)}`, {
      hint: 'build the value into the image with --env, or read it from a file',
      status: 2,
    })
  return text === '' || /\s/.test(text) ? `"${text}"` : text
}
