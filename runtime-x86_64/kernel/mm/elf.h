/* Between mm/elf.c and mm/elf-stack.c. */
#pragma once
#include "mm/elf-file.h"

struct elf_loaded {
    uint64_t entry, headers, interpreter_base, vdso; /* in memory; 0: there is none */
    unsigned header_count;
    uint64_t start; /* where execution begins: the program loader's entry, or the program's */
};
/* Maps the first thread's stack and puts the start block on it (psABI x86-64, 3.4.1). The stack pointer, or -errno. */
uaddr_t elf_make_stack(const struct elf_loaded *e, const char *path, const char *const *argv, const char *const *envp);
