import { kernelWord } from '../../base/kernel-word.js'
import { prebuilt } from '../../base/package-root.js'
import type { BootMedium, QemuRecipe } from '../../targets/lib/recipe.js'
import type { MachineOptions } from '../machine.js'

/** -kernel, and -append or its like for what a person says at boot: kernel words, environment, arguments of the app. */
export function kernelArguments(recipe: QemuRecipe, options: MachineOptions): readonly string[] {
  const platform = recipe.boot.from === 'kernel' ? (recipe.boot.words ?? []).map(kernelWord) : []
  const start = recipe.firmware === 'ovmf' ? [startWord] : []
  const own = [
    ...start,
    ...options.kernelWords,
    ...environmentWords(options.env),
    ...argumentWords(options.args),
  ]
  const words = [...platform, ...own]
  if (recipe.boot.from === 'kernel')
    return [...loaded(recipe.boot), ...(words.length > 0 ? ['-append', words.join(' ')] : [])]
  // Other media take no words; the kernel looks for them in QEMU's configuration device (boot/fw-cfg.c).
  const string = words.join(' ').replaceAll(',', ',,')
  return words.length > 0 ? ['-fw_cfg', `name=opt/unik/cmdline,string=${string}`] : []
}

/** Its record ends what firmware wrote (boot/firmware-text.ts). */
const startWord = 'trace=start'

// QEMU itself starts a kernel by its PVH note where there is one; another entry takes a loader (runtime-x86_64/loader/vmm.c).
function loaded({ file, by }: Extract<BootMedium, { from: 'kernel' }>): string[] {
  return by === 'linux64' ? ['-kernel', prebuilt('loader/vmm.elf'), '-initrd', file] : ['-kernel', file]
}

function environmentWords(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([key, value]) => kernelWord(`${key}=${value}`))
}

function argumentWords(args: readonly string[]): string[] {
  return args.length === 0 ? [] : ['--', ...args.map(kernelWord)]
}
