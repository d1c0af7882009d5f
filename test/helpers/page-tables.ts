/** One page of a guest's page tables as QEMU's `info tlb` shows it: flags `XGPDACTUW`, of which X means "no execute". */
export interface Page {
  readonly virtual: bigint
  readonly physical: bigint
  readonly size: bigint
  readonly writable: boolean
  readonly executable: boolean
  readonly user: boolean
}

/** Where the kernel puts its image (ARCHITECTURE.md, memory map). */
export const imageStart = 0xffffffff80000000n

/** Where its stacks lie between guard pages: the second half of this window. */
const stacks = { start: 0xffffc08000000000n, end: 0xffffc10000000000n }

export function parsePageTables(text: string): Page[] {
  return [...text.matchAll(/^([0-9a-f]{16}): ([0-9a-f]{16}) ([XGPDACTUW-]{9})/gm)].map(toPage)
}

function toPage([, virtual = '', physical = '', flags = '']: RegExpMatchArray): Page {
  return {
    virtual: BigInt(`0x${virtual}`),
    physical: BigInt(`0x${physical}`),
    size: flags.includes('P') ? 2n << 20n : 4096n,
    writable: flags.includes('W'),
    executable: !flags.includes('X'),
    user: flags.includes('U'),
  }
}

export function inImage(page: Page): boolean {
  return page.virtual >= imageStart
}

/** Frames that the image shows read-only, and that another mapping lets the kernel or the app write. */
export function writableAliases(pages: readonly Page[]): readonly Page[] {
  const writable = pages.filter((page) => page.writable)
  return pages.filter(
    (page) => inImage(page) && !page.writable && writable.some((other) => holds(other, page.physical)),
  )
}

function holds(page: Page, physical: bigint): boolean {
  return page.physical <= physical && physical < page.physical + page.size
}

/** A stretch of addresses without a hole. */
export interface Stretch {
  readonly start: bigint
  readonly end: bigint
}

export function stretches(pages: readonly Page[]): readonly Stretch[] {
  const found: { start: bigint; end: bigint }[] = []
  for (const { virtual, size } of pages) {
    const last = found.at(-1)
    if (last?.end === virtual) last.end += size
    else found.push({ start: virtual, end: virtual + size })
  }
  return found
}

/** The kernel's stacks: each is a stretch, with nothing below it. */
export function kernelStacks(pages: readonly Page[]): readonly Stretch[] {
  return stretches(pages.filter(({ virtual }) => virtual >= stacks.start && virtual < stacks.end))
}
