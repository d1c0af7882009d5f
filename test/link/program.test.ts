import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot, prebuilt } from '../../base/package-root.js'
import type { Program } from '../../compiler/program.js'
import { linkApp } from '../../linker/link-app.js'
import { scratchFolder } from '../helpers/scratch.js'
import { archive, behaviour, compile, expectClean, input } from './toolchain.js'

const program: Program = {
  name: 'demo',
  bundle: new Uint8Array(0),
  sourceMap: new Uint8Array(0),
  bytecode: Uint8Array.from({ length: 100_000 }, (_, i) => i % 251),
  imports: [],
  packages: [],
  modules: ['http', 'node-fs'],
  assets: [
    { path: 'ü.txt', data: Buffer.from('umlaut') },
    { path: 'b/c.txt', data: Buffer.from('nested') },
    { path: 'b.txt', data: Buffer.alloc(0) },
  ],
  env: { PORT: '8080', NAME: 'a b' },
  warnings: [],
}

/** Reads everything that the linker promises the engine, by the engine's own header. */
const reader = `
  #include "program.h"
  int printf(const char *, ...);
  int snprintf(char *, unsigned long, const char *, ...);
  void *malloc(unsigned long);
  double strtod(const char *, char **);
  int atexit(void (*)(void));
  extern const char *const __start_modules[] __attribute__((weak)), *const __stop_modules[] __attribute__((weak));
  static void bye(void) { printf("bye\\n"); }
  int main(int argc, char **argv)
  {
      const struct unik_program *p = &unik_program;
      unsigned long sum = 0;
      for (uint64_t i = 0; i < p->bytecode_size; i++)
          sum += p->bytecode[i];
      printf("%s %lu %lu %d\\n", p->name, (unsigned long)p->bytecode_size, sum, argc);
      for (uint64_t i = 0; i < p->asset_count; i++)
          printf("%s=%.*s\\n", p->assets[i].path, (int)p->assets[i].size, (const char *)p->assets[i].data);
      for (const char *const *e = p->env; *e; e++)
          printf("%s\\n", *e);
      for (const char *const *m = __start_modules; m < __stop_modules; m++)
          printf("module %s\\n", *m);
      char *text = malloc(100);
      snprintf(text, 100, "%.3f %g", strtod("2.5e3", 0), 1e100);
      printf("%s\\n", text);
      atexit(bye);
      return 7;
  }`

const moduleSource = (name: string) => `
  const int unik_module_${name} = 1;
  static const char *const entry __attribute__((section("modules"), used, retain)) = "${name}";`

describe('app ELF', () => {
  const folder = scratchFolder()
  const runtime = ['start.o', 'libmimalloc.a', 'libc.a', 'libgcc.a'].map((name) => prebuilt('app', name))

  async function link(asked: Program = program) {
    const engine = await compile(folder(), 'reader.c', reader, [
      `-I${join(packageRoot, 'runtime-x86_64/engine')}`,
      '-fno-builtin',
    ])
    const modules: string[] = []
    for (const name of ['http', 'node_fs', 'unused'])
      modules.push(await compile(folder(), `${name}.c`, moduleSource(name)))
    const lib = await archive(folder(), 'modules.a', modules)
    return linkApp(asked, [engine, lib, ...runtime].map(input))
  }

  it('runs on Linux with our C library, and reads its program', async () => {
    const image = await link()
    const path = join(folder(), 'app')
    writeFileSync(path, image.bytes, { mode: 0o755 })
    const sum = program.bytecode.reduce((a, b) => a + b, 0)
    expect(await behaviour(path)).to.deep.equal({
      exitCode: 7,
      stdout:
        `demo 100000 ${sum} 1\nb.txt=\nb/c.txt=nested\nü.txt=umlaut\nPORT=8080\nNAME=a b\n` +
        'module http\nmodule node_fs\n2500.000 1e+100\nbye\n',
    })
    await expectClean(path)
  })

  it('links the modules that the program uses, and no others', async () => {
    const names = (await link()).symbols.map((symbol) => symbol.name)
    expect(names)
      .to.include.members(['unik_module_http', 'unik_module_node_fs'])
      .and.not.include('unik_module_unused')
  })

  it('links a program without modules, assets and environment', async () => {
    const image = await link({ ...program, modules: [], assets: [], env: {} })
    const path = join(folder(), 'bare')
    writeFileSync(path, image.bytes, { mode: 0o755 })
    const { stdout } = await behaviour(path)
    expect(stdout).to.match(/^demo 100000 \d+ 1\n2500/)
  })

  it('tells a module that the runtime does not have', async () => {
    const error = await link({ ...program, modules: ['made-up'] }).catch((failure) => failure)
    expect(error.message).to.equal(
      'symbols are not defined\n  undefined symbol unik_module_made_up\n' +
        '    referred to by program.o (.data.rel.ro.unik_modules)',
    )
  })
})
