import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../base/run.js'
import { scratchFolder } from '../helpers/scratch.js'
import { archive, behaviour, compile, expectSame, linkOurs, tinyRuntime } from './toolchain.js'

describe('static PIE, linked by us and by GNU ld', () => {
  const folder = scratchFolder()
  let tiny = ''
  before(async () => {
    tiny = await tinyRuntime(folder())
  })

  async function same(
    sources: Readonly<Record<string, string>>,
    stdout: string,
    flags: readonly string[] = [],
    exitCode = 0,
  ) {
    const objects: string[] = []
    for (const [name, source] of Object.entries(sources)) {
      const prologue = name.endsWith('.S') ? '' : '#include "tiny.h"\n'
      objects.push(await compile(folder(), name, prologue + source, flags))
    }
    await expectSame(folder(), [tiny, ...objects], { stdout, exitCode })
  }

  it('prints and exits with main’s status', () =>
    same({ 'main.c': 'int main(void) { say("hello\\n"); return 42; }' }, 'hello\n', [], 42))

  it('relocates pointers in data', () =>
    same(
      {
        'main.c': `extern const char *words[300]; extern int *sparse[4000];
          int main(void) { for (int i = 0; i < 300; i += 60) say(words[i]); say_number(*sparse[0] + *sparse[2111] + *sparse[3999]); return 0; }`,
        'data.c': `const char *words[300] = { [0 ... 299] = "word\\n" };
          static int one = 1, two = 2; int *sparse[4000] = { &one, [2111] = &two, [3999] = &two };`,
      },
      'word\nword\nword\nword\nword\n5\n',
    ))

  it('relocates words at odd addresses', () =>
    same(
      {
        'main.c': `struct packed { char c; const char *text; } __attribute__((packed));
          struct packed row[3] = { {1, "a\\n"}, {2, "b\\n"}, {3, "c\\n"} };
          int main(void) { for (int i = 0; i < 3; i++) say(row[i].text); return row[2].c; }`,
      },
      'a\nb\nc\n',
      [],
      3,
    ))

  it('merges equal strings, and lets a string be the tail of another', () =>
    same(
      {
        'main.c': `const char *other(void); const char *tail(void);
          int main(void) { const char *mine = "the same"; say_number(mine == other()); say(tail()); return 0; }`,
        'other.c':
          'const char *other(void) { return "the same"; } const char *tail(void) { return "me\\n" ; } const char *x = "same\\n";',
      },
      '1\nme\n',
    ))

  it('keeps wide strings and constants apart by their width', () =>
    same(
      {
        'main.c': `const int *wide(void); const short *half(void);
          int main(void) { volatile double third = 3; say_number(wide()[2]); say_number(half()[1]); say_number((long)(third * 1.5e3)); return 0; }`,
        'wide.c':
          'const int *wide(void) { return L"abc"; } const short *half(void) { return (const short *)u"xyz"; }',
      },
      '99\n121\n4500\n',
    ))

  it('overrides weak definitions, and takes undefined weak symbols for 0', () =>
    same(
      {
        'main.c': `extern int absent __attribute__((weak)); void maybe(void) __attribute__((weak));
          __attribute__((weak)) int chosen(void) { return 1; } int chosen_too(void);
          int main(void) { say_number(&absent == 0); if (maybe) maybe(); say_number(chosen()); say_number(chosen_too()); return 0; }`,
        'strong.c': 'int chosen(void) { return 2; } __attribute__((weak)) int chosen_too(void) { return 3; }',
      },
      '1\n2\n3\n',
    ))

  it('lays common symbols of several objects over one another', () =>
    same(
      {
        'a.c':
          'int shared; long big[4]; int main(void) { void set(void); set(); say_number(shared); say_number(big[99]); return 0; }',
        'b.c': 'int shared; long big[100]; void set(void) { shared = 7; big[99] = 8; }',
        'c.c': 'int shared = 3;',
      },
      '7\n8\n',
      ['-fcommon'],
    ))

  it('runs constructors by priority and destructors backwards', () =>
    same(
      {
        'a.c': `__attribute__((constructor)) static void last(void) { say("plain a\\n"); }
          __attribute__((constructor(200))) static void early(void) { say("200\\n"); }
          __attribute__((destructor)) static void end(void) { say("end\\n"); }
          __attribute__((destructor(150))) static void very_end(void) { say("very end\\n"); }
          int main(void) { say("main\\n"); return 0; }`,
        'b.c': `__attribute__((constructor)) static void last(void) { say("plain b\\n"); }
          __attribute__((constructor(101))) static void first(void) { say("101\\n"); }
          static void before(void) { say("before\\n"); }
          __attribute__((section(".preinit_array"), used)) static void (*const pre)(void) = before;`,
      },
      'before\n101\n200\nplain a\nplain b\nmain\nend\nvery end\n',
    ))

  it('bounds sections named like C identifiers, in input order, also when there are none', () =>
    same(
      {
        'main.c': `extern const char *const __start_words[], *const __stop_words[];
          extern const char *const __start_none[] __attribute__((weak)), *const __stop_none[] __attribute__((weak));
          int main(void) { for (const char *const *w = __start_words; w < __stop_words; w++) say(*w);
            long count = 0; for (const char *const *w = __start_none; w < __stop_none; w++) count++; say_number(count); return 0; }`,
        'a.c': '__attribute__((section("words"), used, retain)) static const char *const w = "a\\n";',
        'b.c': '__attribute__((section("words"), used, retain)) static const char *const w = "b\\n";',
        'c.c': '__attribute__((section("words"), used, retain)) static const char *const w = "c\\n";',
      },
      'a\nb\nc\n0\n',
    ))

  it('links one copy of each COMDAT group', () =>
    same(
      {
        'a.cc':
          'inline int counted() { static int count; return ++count; } extern "C" int second(); extern "C" int test() { counted(); second(); return counted(); }',
        'b.cc':
          'inline int counted() { static int count; return ++count; } extern "C" int second() { return counted(); }',
        'main.c': 'int test(void); int main(void) { say_number(test()); return 0; }',
      },
      '3\n',
      ['-fno-threadsafe-statics', '-fpermissive', '-w'],
    ))

  for (const model of ['local-exec', 'initial-exec', 'local-dynamic', 'global-dynamic'])
    for (const extra of [['-fPIE'], ['-fPIC'], ['-fPIC', '-fno-plt'], ['-fPIC', '-mtls-dialect=gnu2']])
      it(`accesses thread-local variables: ${model} ${extra.join(' ')}`, () =>
        same(
          {
            'main.c': `extern __thread long far; static __thread int near = 5; static __thread char zero[100]; long *where(void);
              __thread struct { char c; } __attribute__((aligned(64))) aligned = { 9 };
              int main(void) { near++; zero[3] = 1; say_number(far); say_number(near + zero[3]); say_number(where() == &far);
                say_number((long)&aligned % 64); say_number(aligned.c); return 0; }`,
            'far.c': '__thread long far = 77; long *where(void) { return &far; }',
          },
          '77\n7\n1\n0\n9\n',
          [`-ftls-model=${model}`, ...extra],
        ))

  for (const flags of [
    ['-fPIC'],
    ['-fPIC', '-fno-plt'],
    ['-fPIC', '-fno-plt', '-O0'],
    ['-fPIC', '-mcmodel=large'],
    ['-fPIC', '-mcmodel=medium'],
  ])
    it(`reaches other objects: ${flags.join(' ')}`, () =>
      same(
        {
          'main.c': `int add(int, int); extern int value, table[100000]; extern int absent __attribute__((weak)); int tail(int);
            int (*volatile pointer)(int, int) = add; int compare(void *p) { return p == (void *)&value; }
            int main(void) { value += add(value, 1); table[99999] = pointer(value, 4); say_number(table[99999]); say_number(&absent == 0);
              say_number(tail(3)); say_number(compare(&value)); return 0; }`,
          'other.c':
            'int value = 20, table[100000]; int add(int a, int b) { return a + b; } int tail(int a) { return add(a, 1); }',
        },
        '45\n1\n4\n1\n',
        flags,
      ))

  it('clears thread-local variables that have no value', () =>
    same(
      {
        'main.c': `static __thread long zero[10]; __thread char last __attribute__((aligned(32)));
          int main(void) { zero[9]++; last += 2; say_number(zero[9] + zero[0]); say_number((long)&last % 32); return last; }`,
      },
      '1\n0\n',
      [],
      2,
    ))

  it('protects its relocated data when it asks to', () =>
    same(
      {
        'main.c': `extern char __relro_start[] __attribute__((weak)), __relro_end[] __attribute__((weak)); static int target; int *const table[] = { &target };
          int main(void) {
            if (__relro_start == __relro_end) { say("ok\\n"); return 0; } /* GNU ld */
            long inside = (char *)table >= __relro_start && (char *)(table + 1) <= __relro_end;
            long pages = ((long)__relro_start | (long)__relro_end) % 4096;
            long outside = (char *)&target < __relro_start || (char *)&target >= __relro_end;
            long result = system_call(10, (long)__relro_start, __relro_end - __relro_start, 1);
            target = inside + outside + !pages + !result; say(*table[0] == 4 ? "ok\\n" : "wrong\\n"); return 0; }`,
      },
      'ok\n',
    ))

  it('holds large data without writing zeros for it', () =>
    same(
      {
        'main.c': `extern const unsigned char blob[3000000]; char zero[1 << 26]; extern char end_mark[];
          int main(void) { long sum = 0; for (int i = 0; i < 3000000; i += 1000) sum += blob[i]; zero[(1 << 26) - 1] = 1; say_number(sum + zero[5]); return 0; }`,
        'blob.c': 'const unsigned char blob[3000000] = { [0 ... 2999999] = 3 };',
      },
      '9000\n',
    ))

  it('aligns sections beyond a page', () =>
    same(
      {
        'main.c': `__attribute__((aligned(65536))) int wide = 3; __attribute__((aligned(16384))) const int table[2] = { 1, 2 };
          volatile long mask = 65535; int main(void) { say_number((long)&wide & mask); say_number((long)table & mask & 16383); return wide + table[1]; }`,
      },
      '0\n0\n',
      [],
      5,
    ))

  it('jumps through tables and computed labels', () =>
    same(
      {
        'main.c': `int pick(int n) { switch (n) { case 0: return 5; case 1: return 11; case 2: return 2; case 3: return 8; case 4: return 1; case 5: return 90; default: return 0; } }
          int labels(int n) { static void *const where[] = { &&a, &&b, &&c }; goto *where[n]; a: return 1; b: return 2; c: return 3; }
          volatile int n = 5; int main(void) { say_number(pick(n)); say_number(pick(1)); say_number(labels(n - 3)); return 0; }`,
      },
      '90\n11\n3\n',
    ))

  it('links what ld -r has joined into one object', async () => {
    const sources = {
      'main.c': `extern const char *const __start_words[], *const __stop_words[]; const char *shared(void); int inlined(int);
        __attribute__((section("words"), used, retain)) static const char *const w = "one\\n";
        int main(void) { for (const char *const *w = __start_words; w < __stop_words; w++) say(*w);
          say_number(shared() == (const char *)"shared text"); say(shared() + 7); return inlined(3); }`,
      'other.c': `__attribute__((section("words"), used, retain)) static const char *const w = "two\\n";
        static int table[] = { 1, 2, 3, 4 }; int *const pointers[] = { &table[1], &table[3] };
        const char *shared(void) { return "shared text"; } int inlined(int n) { return *pointers[n & 1]; }`,
    }
    const objects: string[] = []
    for (const [name, source] of Object.entries(sources))
      objects.push(await compile(folder(), name, `#include "tiny.h"\n${source}`))
    const joined = join(folder(), 'joined.o')
    const apart = ['.text*', '.rodata*', '.data*', '.bss*'].map((pattern) => `--unique=${pattern}`)
    await run('ld', ['-r', ...apart, ...objects, '-o', joined])
    await expectSame(folder(), [tiny, joined], { stdout: 'one\ntwo\n1\ntext', exitCode: 4 })
  })

  it('leaves out what nobody can reach, undefined symbols included', async () => {
    const main = await compile(
      folder(),
      'main.c',
      `#include "tiny.h"
       void unreachable(void) { void missing(void); missing(); say("text of the unreachable"); }
       static int kept_table[9] __attribute__((used, retain)) = { 0x11223344 };
       int main(void) { return 0; }`,
    )
    const image = linkOurs(folder(), [tiny, main])
    expect(await behaviour(image.path)).to.deep.equal({ stdout: '', exitCode: 0 })
    const bytes = Buffer.from(image.bytes)
    expect(bytes.includes('text of the unreachable')).to.equal(false)
    expect(bytes.includes(Buffer.from([0x44, 0x33, 0x22, 0x11]))).to.equal(true)
    expect(image.symbols.map((symbol) => symbol.name))
      .to.include('kept_table')
      .and.not.include('unreachable')
  })

  it('links roots although nothing refers to them', async () => {
    const main = await compile(folder(), 'main.c', 'int main(void) { return 0; }')
    const extra = await compile(folder(), 'extra.c', 'int extra(void) { return 1; }')
    const lib = await archive(folder(), 'lib.a', [extra])
    const names = linkOurs(folder(), [tiny, main, lib], { roots: ['extra'] }).symbols.map(
      (symbol) => symbol.name,
    )
    expect(names).to.include('extra')
  })

  it('is the same bytes each time, wherever the inputs lie', async () => {
    const main = await compile(
      folder(),
      'main.c',
      '#include "tiny.h"\nint main(void) { say("x"); return 0; }',
    )
    const first = linkOurs(folder(), [tiny, main])
    const second = linkOurs(folder(), [tiny, main])
    expect(Buffer.compare(first.bytes, second.bytes)).to.equal(0)
    expect(first.buildId).to.match(/^[0-9a-f]{40}$/)
    expect(Buffer.from(first.bytes).includes(Buffer.from(first.buildId, 'hex'))).to.equal(true)
  })

  describe('archives', () => {
    it('are searched lazily and in circles', async () => {
      const main = await compile(
        folder(),
        'main.c',
        '#include "tiny.h"\nint a(void); int main(void) { say_number(a()); return 0; }',
      )
      const a = await compile(folder(), 'a.c', 'int b(void); int a(void) { return b() + 1; }')
      const b = await compile(folder(), 'b.c', 'int c(void); int b(void) { return c() + 10; }')
      const c = await compile(folder(), 'a-member-with-a-long-name.c', 'int c(void) { return 100; }')
      const unused = await compile(folder(), 'unused.c', 'int unused(void) { return missing(); }', ['-w'])
      const first = await archive(folder(), 'first.a', [a, c])
      const second = await archive(folder(), 'second.a', [b, unused])
      const empty = await archive(folder(), 'empty.a', [])
      await expectSame(folder(), [tiny, main, empty, first, second], { stdout: '111\n', exitCode: 0 })
    })

    it('that stand first define what several define', async () => {
      const main = await compile(
        folder(),
        'main.c',
        '#include "tiny.h"\nint late(void); int main(void) { return late(); }',
      )
      const late = await compile(folder(), 'late.c', 'int both(void); int late(void) { return both(); }')
      const one = await compile(folder(), 'one.c', 'int both(void) { return 1; }')
      const two = await compile(folder(), 'two.c', 'int both(void) { return 2; }')
      const first = await archive(folder(), 'first.a', [one])
      const second = await archive(folder(), 'second.a', [two, late])
      const { path } = linkOurs(folder(), [tiny, main, first, second])
      expect(await behaviour(path)).to.deep.equal({ stdout: '', exitCode: 1 })
    })

    it('give nothing for weak references, and strong members replace weak stand-ins', async () => {
      const main = await compile(
        folder(),
        'main.c',
        `#include "tiny.h"\nextern int extra(void) __attribute__((weak)); int used(void);
         int main(void) { say_number(extra ? extra() : -1); say_number(used()); return 0; }`,
      )
      const extra = await compile(folder(), 'extra.c', 'int extra(void) { return 5; }')
      const used = await compile(
        folder(),
        'used.c',
        '__attribute__((weak)) int hook(void) { return 1; } int puller(void); int used(void) { return hook() + puller(); }',
      )
      const puller = await compile(
        folder(),
        'puller.c',
        'int hook(void) { return 30; } int puller(void) { return 4; }',
      )
      const lib = await archive(folder(), 'lib.a', [extra, used, puller])
      await expectSame(folder(), [tiny, main, lib], { stdout: '-1\n34\n', exitCode: 0 })
    })

    it('are told member by member, without those of which nothing is reached', async () => {
      const main = await compile(
        folder(),
        'main.c',
        '#include "tiny.h"\nextern const char text[]; int dead(void); int unused(void) { return dead(); }\nint main(void) { say(text); return 0; }',
      )
      const text = await compile(folder(), 'text.c', 'const char text[] = "hi\\n";')
      const dead = await compile(folder(), 'dead.c', 'int dead(void) { return 1; }')
      const lib = await archive(folder(), 'told.a', [text, dead])
      const { inputs } = linkOurs(folder(), [tiny, main, lib])
      expect(inputs).to.deep.equal(['tiny.c.o', 'main.c.o', 'told.a(text.c.o)'])
    })
  })
})
