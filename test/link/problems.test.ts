import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../base/run.js'
import { UserError } from '../../base/user-error.js'
import type { LinkInput } from '../../linker/image.js'
import { link } from '../../linker/link.js'
import { scratchFolder } from '../helpers/scratch.js'
import { archive, compile, input } from './toolchain.js'

describe('what cannot be linked', () => {
  const folder = scratchFolder()
  const object = async (name: string, source: string, flags: readonly string[] = []) =>
    input(await compile(folder(), name, source, flags))
  const linkApp = (...inputs: LinkInput[]) => link(inputs, { output: 'static-pie', entry: 'main' })

  function messageOf(attempt: () => unknown): string {
    try {
      attempt()
    } catch (error) {
      expect(error).to.be.instanceOf(UserError)
      return (error as UserError).message
    }
    throw new Error('it was linked')
  }

  it('tells all undefined symbols at once, and who refers to them', async () => {
    const main = await object(
      'main.c',
      'int a(void), b(void), c(void); int main(void) { return a() + b() + c(); }',
    )
    const other = await object(
      'other.c',
      'int b(void); int c(void) { return b(); } int dead(void) { return missing(); }',
      ['-w'],
    )
    expect(messageOf(() => linkApp(main, other))).to.equal(
      'symbols are not defined\n' +
        '  undefined symbol a\n    referred to by main.c.o (.text.startup.main)\n' +
        '  undefined symbol b\n    referred to by main.c.o (.text.startup.main), other.c.o (.text.c)',
    )
  })

  it('tells an undefined entry or root', async () => {
    const main = await object('main.c', 'int main(void) { return 0; }')
    expect(messageOf(() => link([main], { output: 'static-pie', roots: ['unik_driver_x'] }))).to.equal(
      'symbols are not defined\n' +
        '  undefined symbol _start\n    referred to by the link itself (entry or root)\n' +
        '  undefined symbol unik_driver_x\n    referred to by the link itself (entry or root)',
    )
  })

  it('tells all duplicate symbols at once, and who defines them', async () => {
    const main = await object('main.c', 'int x = 1, y = 2; int main(void) { return x + y; }')
    const other = await object('other.c', 'int x = 3; int y(void) { return 1; }')
    expect(messageOf(() => linkApp(main, other))).to.equal(
      'symbols are defined more than once\n' +
        '  duplicate symbol y\n    defined by main.c.o (.data.y) and by other.c.o (.text.y)\n' +
        '  duplicate symbol x\n    defined by main.c.o (.data.x) and by other.c.o (.data.x)',
    )
  })

  it('tells which relocation does not reach its target', async () => {
    const main = await object('main.S', '.globl main\nmain: ret\n.byte far - .\n')
    const far = await object('far.S', '.skip 300\n.globl far\nfar: ret\n')
    expect(messageOf(() => linkApp(main, far))).to.equal(
      'some relocations do not reach their target\n' +
        '  R_X86_64_PC8 against far: 0x12d does not fit 8 bits\n    main.S.o (.text+0x1)',
    )
  })

  it('tells code that is not position-independent', async () => {
    const main = await object(
      'main.c',
      'int value; int *where = &value; int table[4]; int main(int c, char **v) { return table[c]; }',
      ['-fno-pie', '-mcmodel=small'],
    )
    expect(messageOf(() => linkApp(main))).to.match(
      /R_X86_64_32S against table holds an address in less than 64 bits: compile with -fPIE/,
    )
    const readOnly = await object('text.S', '.globl main\nmain: movabsq $main, %rax\n')
    expect(messageOf(() => linkApp(readOnly))).to.match(
      /R_X86_64_64 against main needs a run-time relocation in read-only memory/,
    )
  })

  it('refuses memory that is writable and executable', async () => {
    const main = await object('main.S', '.section both, "awx"\n.globl main\nmain: ret\n')
    expect(messageOf(() => linkApp(main))).to.equal('section both is both writable and executable')
  })

  it('refuses indirect functions only when they are used', async () => {
    const ifunc =
      'static int one(void) { return 1; } static void *pick(void) { return one; } int chosen(void) __attribute__((ifunc("pick")));'
    const unused = await object('unused.c', `${ifunc} int main(void) { return 0; }`)
    linkApp(unused)
    const used = await object('used.c', `${ifunc} int main(void) { return chosen(); }`)
    expect(messageOf(() => linkApp(used))).to.match(/against chosen needs an indirect function \(IFUNC\)/)
  })

  it('tells what is no object for x86-64', async () => {
    const text = {
      name: 'notes.txt',
      bytes: Buffer.from('this is a text that is long enough to hold an ELF header, or nearly so, yes'),
    }
    expect(messageOf(() => linkApp(text))).to.equal(
      'notes.txt cannot be linked: it does not begin like an ELF file',
    )
    expect(messageOf(() => linkApp({ name: 'empty', bytes: new Uint8Array(0) }))).to.equal(
      'empty cannot be linked: it is too short for an ELF header',
    )
    const main = await object('main.c', 'int main(void) { return 0; }')
    const foreign = { name: 'arm.o', bytes: Buffer.from(main.bytes) }
    foreign.bytes.writeUInt16LE(183, 18)
    expect(messageOf(() => linkApp(foreign))).to.equal('arm.o cannot be linked: it is not made for x86-64')
    const linked = { name: 'a.out', bytes: linkWithNothing(main) }
    expect(messageOf(() => linkApp(linked))).to.equal(
      'a.out cannot be linked: it is a linked ELF file, not an object',
    )
  })

  it('tells truncated objects and archives by name', async () => {
    const path = await compile(folder(), 'main.c', 'int main(void) { return 0; }')
    const whole = input(path)
    expect(messageOf(() => linkApp({ name: 'half.o', bytes: whole.bytes.subarray(0, 200) }))).to.equal(
      'half.o cannot be linked: it is truncated: its section headers end beyond the file',
    )
    const lib = readFileSync(await archive(folder(), 'lib.a', [path]))
    expect(messageOf(() => linkApp({ name: 'half.a', bytes: lib.subarray(0, 200) }))).to.match(
      /^half\.a is truncated: its member at offset \d+ ends beyond the file$/,
    )
    expect(messageOf(() => linkApp({ name: 'cut.a', bytes: lib.subarray(0, 70) }))).to.match(
      /^cut\.a is truncated/,
    )
  })

  it('tells archives without an index, and thin ones', async () => {
    const path = await compile(folder(), 'main.c', 'int main(void) { return 0; }')
    await run('ar', ['DrcS', join(folder(), 'bare.a'), path])
    expect(messageOf(() => linkApp(input(join(folder(), 'bare.a'))))).to.equal('bare.a has no symbol index')
    await run('ar', ['DrcsT', join(folder(), 'thin.a'), path])
    expect(messageOf(() => linkApp(input(join(folder(), 'thin.a'))))).to.equal(
      'thin.a is a thin archive, which holds no objects',
    )
  })

  it('never fails in any other way, whatever bytes are changed', async function () {
    this.timeout(60_000)
    const main = await object(
      'main.c',
      'extern int other(const char *); __thread int t; static int *p[9] = { [3] = (int *)&p }; int main(void) { return other("text") + t + !p[3]; }',
      ['-g0', '-fPIC'],
    )
    const path = await compile(
      folder(),
      'other.c',
      'inline int twice(int n) { return 2 * n; } int other(const char *s) { return twice(*s); } int common;',
      ['-fcommon'],
    )
    const lib = input(await archive(folder(), 'lib.a', [path]))
    linkApp(main, lib)
    const random = xorshift(12345)
    for (let round = 0; round < 4000; round++) {
      const damaged = [Buffer.from(main.bytes), Buffer.from(lib.bytes)]
      const victim = damaged[round % 2] as Buffer
      for (let i = random() % 3; i >= 0; i--)
        victim[random() % victim.length] = round % 5 === 0 ? 0xff : random() % 256
      try {
        linkApp(
          { name: 'main.o', bytes: damaged[0] as Buffer },
          { name: 'lib.a', bytes: damaged[1] as Buffer },
        )
      } catch (error) {
        if (!(error instanceof UserError)) throw new Error(`round ${round}`, { cause: error })
      }
    }
  })
})

function linkWithNothing(main: LinkInput): Uint8Array {
  return link([main], { output: 'static-pie', entry: 'main' }).bytes
}

/** Deterministic: a failing round can be run again. */
function xorshift(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
