import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../base/run.js'
import { link } from '../../linker/link.js'
import { scratchFolder } from '../helpers/scratch.js'
import { compile, expectClean, input } from './toolchain.js'

const options = { output: 'shared', soname: 'linux-vdso.so.1', version: 'LINUX_2.6' } as const

const vdso = `
  extern const char __ehdr_start[] __attribute__((visibility("hidden")));
  static const int table[3] = { 3, 4, 5 };
  __attribute__((noinline)) int helper(int i) { return table[i]; }
  int __vdso_third(void) { return helper(2); }
  int __vdso_magic(void) { return __ehdr_start[1]; }
  __attribute__((weak, alias("__vdso_third"))) int third(void);
  __attribute__((visibility("hidden"))) int hidden(void) { return 1; }
  const int exported_data = 77;
`

describe('shared object (the vDSO)', () => {
  const folder = scratchFolder()

  async function linkVdso(source = vdso) {
    const object = await compile(folder(), 'vdso.c', source, ['-fPIC', '-fno-plt'])
    const image = link([input(object)], options)
    const path = join(folder(), 'vdso.so')
    writeFileSync(path, image.bytes)
    return { image, path }
  }

  it('is opened by the C library, which finds its symbols by name and version', async () => {
    const { path } = await linkVdso()
    const program = join(folder(), 'open.c')
    writeFileSync(
      program,
      `#define _GNU_SOURCE
       #include <dlfcn.h>
       #include <stdio.h>
       int main(int argc, char **argv) {
         void *vdso = dlopen(argv[1], RTLD_NOW);
         if (!vdso) { puts(dlerror()); return 1; }
         int (*third)(void) = dlvsym(vdso, "__vdso_third", "LINUX_2.6");
         int (*magic)(void) = dlvsym(vdso, "__vdso_magic", "LINUX_2.6");
         int (*alias)(void) = dlsym(vdso, "third");
         int *data = dlsym(vdso, "exported_data");
         printf("%d %c %d %d\\n", third(), magic(), alias(), *data);
         printf("%d %d\\n", !dlsym(vdso, "hidden"), !dlvsym(vdso, "__vdso_third", "LINUX_9"));
         return 0;
       }`,
    )
    await run('gcc', ['-O2', program, '-o', `${program}.out`])
    const { stdout } = await run(`${program}.out`, [path])
    expect(stdout).to.equal('5 E 5 77\n1 1\n')
  })

  it('is read by readelf without a complaint', async () => {
    const { path } = await linkVdso()
    await expectClean(path)
    const { stdout, stderr } = await run('readelf', ['--dyn-syms', '-VdlW', path])
    expect(stderr).to.equal('')
    expect(stdout).to.match(/FUNC +GLOBAL +DEFAULT +\d+ __vdso_third@@LINUX_2\.6/)
    expect(stdout).to.match(/FUNC +WEAK +DEFAULT +\d+ third@@LINUX_2\.6/)
    expect(stdout).to.match(/OBJECT +GLOBAL +DEFAULT +\d+ exported_data@@LINUX_2\.6/)
    expect(stdout).to.include('Library soname: [linux-vdso.so.1]')
    expect(stdout).to.include('(HASH)').and.not.include('(REL')
  })

  it('is one read-execute segment of at most a page', async () => {
    const { image, path } = await linkVdso()
    const { stdout } = await run('readelf', ['-lW', path])
    expect(stdout.match(/^ +LOAD .*$/gm)?.map((line) => line.replace(/ +/g, ' '))).to.have.length(1)
    expect(stdout).to.match(/LOAD +0x0+ 0x0+ 0x0+ .* R E 0x1000/)
    expect(image.bytes.length).to.be.lessThan(4096)
  })

  it('refuses what would need relocation at run time', async () => {
    const source = 'int f(void) { return 1; } int (*const table[])(void) = { f };'
    await linkVdso(source).then(
      () => expect.fail('was linked'),
      (error) => {
        expect(error.message).to.match(/R_X86_64_64 against f needs a run-time relocation/)
        expect(error.message).to.include('vdso.c.o (.data.rel.ro.table+0x0)')
      },
    )
  })

  it('refuses memory of its own', async () => {
    await linkVdso('int counter; int next(void) { return ++counter; }').then(
      () => expect.fail('was linked'),
      (error) => {
        expect(error.message).to.include('no memory of its own')
        expect(error.where).to.equal('vdso.c.o (.bss.counter)')
      },
    )
  })
})
