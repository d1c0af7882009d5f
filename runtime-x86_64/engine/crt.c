/* Start code of the app ELF (start.o), in place of musl's rcrt1.o: relocates the static PIE, makes its relocated data
 * read-only (RELRO, which rcrt1.o leaves writable) and enters the C library.
 *
 * Until relocations are applied no pointer in data may be used, and until the C library has set up TLS there is no
 * stack protector: nothing here may need either. Linkers give the bounds of RELRO as hidden symbols. */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define HIDDEN __attribute__((visibility("hidden")))

extern HIDDEN const Elf64_Ehdr __ehdr_start;
extern HIDDEN const Elf64_Dyn _DYNAMIC[];
/* Weak: a link without RELRO has none. */
extern HIDDEN __attribute__((weak)) char __relro_start[], __relro_end[];

int main(int argc, char **argv, char **envp);
_Noreturn int __libc_start_main(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
                                void (*)(void));

/* System V ABI, x86-64 supplement, 3.4.1: rsp points at argc; rdx may hold a function for atexit, and Linux leaves it
 * 0. */
__asm__(".text\n"
        ".global _start\n"
        ".type _start, @function\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    mov %rsp, %rdi\n"
        "    and $-16, %rsp\n"
        "    call start_relocate_and_enter\n"
        "    hlt\n"
        ".size _start, .-_start\n");

/* DT_RELR: an even entry is an address, an odd one a bitmap of the 63 words that follow the last address. */
static inline void apply_relr(char *base, const Elf64_Relr *entry, size_t size)
{
    const Elf64_Relr *end = entry + size / sizeof *entry;
    uintptr_t *where = NULL;
    for (; entry < end; entry++) {
        if (!(*entry & 1)) {
            where = (uintptr_t *)(base + *entry);
            *where++ += (uintptr_t)base;
            continue;
        }
        uintptr_t bits = *entry >> 1;
        for (size_t i = 0; bits; i++, bits >>= 1)
            if (bits & 1)
                where[i] += (uintptr_t)base;
        where += 63;
    }
}

static inline void apply_rela(char *base, const Elf64_Rela *entry, size_t size)
{
    for (const Elf64_Rela *end = entry + size / sizeof *entry; entry < end; entry++)
        if (ELF64_R_TYPE(entry->r_info) == R_X86_64_RELATIVE)
            *(uintptr_t *)(base + entry->r_offset) = (uintptr_t)base + entry->r_addend;
}

static inline void relocate(char *base)
{
    uintptr_t value[DT_RELR + 1] = {0};
    for (const Elf64_Dyn *dyn = _DYNAMIC; dyn->d_tag != DT_NULL; dyn++)
        if ((uint64_t)dyn->d_tag <= DT_RELR)
            value[dyn->d_tag] = dyn->d_un.d_val;
    if (value[DT_RELR])
        apply_relr(base, (const Elf64_Relr *)(base + value[DT_RELR]), value[DT_RELRSZ]);
    if (value[DT_RELA])
        apply_rela(base, (const Elf64_Rela *)(base + value[DT_RELA]), value[DT_RELASZ]);
}

static inline void protect_relro(void)
{
    long result = SYS_mprotect;
    if (&__relro_start[0] == &__relro_end[0])
        return;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(__relro_start), "S"(__relro_end - __relro_start), "d"((long)PROT_READ)
                     : "rcx", "r11", "memory");
}

HIDDEN __attribute__((used, optimize("no-stack-protector"))) void start_relocate_and_enter(long *stack)
{
    char *base = (char *)&__ehdr_start;
    relocate(base);
    /* The relocated words are read through pointers from here on. */
    __asm__ volatile("" ::: "memory");
    protect_relro();
    __libc_start_main(main, (int)stack[0], (char **)(stack + 1), NULL, NULL, NULL);
}
