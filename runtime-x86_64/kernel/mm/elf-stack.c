/* The first thread's stack and what a program finds on it: argument count, arguments, environment, auxiliary vector. */
#include "mm/elf.h"
#include "mm/space.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"

#define STACK_START_SIZE (128ul << 10) /* mapped at once; the rest by growing */
#define STACK_MAX_BLOCK (64ul << 10)   /* for the strings and the vectors */
#define STACK_JITTER 8192

enum {
    AT_PHDR = 3,
    AT_PHENT,
    AT_PHNUM,
    AT_PAGESZ,
    AT_BASE,
    AT_FLAGS,
    AT_ENTRY,
    AT_UID = 11,
    AT_EUID,
    AT_GID,
    AT_EGID,
    AT_PLATFORM,
    AT_HWCAP,
    AT_CLKTCK,
    AT_SECURE = 23,
    AT_RANDOM = 25,
    AT_HWCAP2,
    AT_EXECFN = 31,
    AT_SYSINFO_EHDR = 33,
    AT_MINSIGSTKSZ = 51,
};
#define AUX_ENTRIES 21

struct exec_info exec_info;

/* The block is made in `buf` and then copied below `top`: what stands at buf + x will be at base + x. */
struct block {
    char *buf;
    size_t used, size;
    uaddr_t base;
    bool full;
};

static uaddr_t put(struct block *b, const void *data, size_t n)
{
    uaddr_t at = b->base + b->used;
    if (n > b->size - b->used) {
        b->full = true;
        return 0;
    }
    memcpy(b->buf + b->used, data, n);
    b->used += n;
    return at;
}

static uaddr_t put_string(struct block *b, const char *s)
{
    return put(b, s, strlen(s) + 1);
}

static void put_word(struct block *b, uint64_t v)
{
    put(b, &v, sizeof v);
}

static unsigned count(const char *const *list)
{
    unsigned n = 0;
    while (list[n])
        n++;
    return n;
}

/* Pointers to consecutive strings of which the first is at `at`. */
static void put_pointers(struct block *b, const char *const *list, uaddr_t at)
{
    for (; *list; list++) {
        put_word(b, at);
        at += strlen(*list) + 1;
    }
    put_word(b, 0);
}

static size_t strings_size(const char *const *list)
{
    size_t n = 0;
    for (; *list; list++)
        n += strlen(*list) + 1;
    return n;
}

static uint32_t cpuid_1_edx(void)
{
    uint32_t r[4];
    cpuid(1, 0, r);
    return r[3];
}

static void put_aux(struct block *b, const struct elf_loaded *e, uaddr_t random, uaddr_t platform, uaddr_t path)
{
    /* The signal frame: registers and siginfo (below 1 KiB), the FPU state, the red zone and alignment. */
    const uint64_t signal_stack = ALIGN_UP(fpu_area_size() + 1024 + 128, 64);
    const uint64_t aux[AUX_ENTRIES][2] = {
        {AT_SYSINFO_EHDR, e->vdso},
        {AT_HWCAP, cpuid_1_edx()},
        {AT_PAGESZ, PAGE_SIZE},
        {AT_CLKTCK, 100},
        {AT_PHDR, e->headers},
        {AT_PHENT, sizeof(struct elf_program_header)},
        {AT_PHNUM, e->header_count},
        {AT_BASE, e->interpreter_base},
        {AT_FLAGS, 0},
        {AT_ENTRY, e->entry},
        {AT_UID, 0},
        {AT_EUID, 0},
        {AT_GID, 0},
        {AT_EGID, 0},
        {AT_SECURE, 0},
        {AT_RANDOM, random},
        {AT_HWCAP2, 0},
        {AT_EXECFN, path},
        {AT_PLATFORM, platform},
        {AT_MINSIGSTKSZ, signal_stack},
        {0, 0},
    };
    put(b, aux, sizeof aux);
}

/* Low to high: count, pointers, auxiliary vector, then what they point at. */
static void fill(struct block *b, const struct elf_loaded *e, const char *path, const char *const *argv,
                 const char *const *envp)
{
    unsigned argc = count(argv), envc = count(envp);
    uaddr_t strings = b->base + (1 + argc + 1 + envc + 1 + 2 * AUX_ENTRIES) * sizeof(uint64_t);
    uaddr_t environment = strings + strings_size(argv), random = environment + strings_size(envp);
    uaddr_t platform = random + 16, exec_path = platform + sizeof "x86_64";
    uint8_t bytes[16];
    exec_info.stack = b->base;
    exec_info.args = strings;
    exec_info.args_end = exec_info.env = environment;
    exec_info.env_end = random;
    put_word(b, argc);
    put_pointers(b, argv, strings);
    put_pointers(b, envp, environment);
    exec_info.auxv = b->base + b->used;
    put_aux(b, e, random, platform, exec_path);
    exec_info.auxv_end = b->base + b->used;
    for (; *argv; argv++)
        put_string(b, *argv);
    for (; *envp; envp++)
        put_string(b, *envp);
    entropy_read(bytes, sizeof bytes);
    put(b, bytes, sizeof bytes);
    put_string(b, "x86_64");
    put_string(b, path);
}

static int map_stack(void)
{
    uaddr_t bottom = space.stack_top - STACK_START_SIZE;
    uaddr_t at = space_map(bottom, STACK_START_SIZE, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, NULL, 0);
    if ((int64_t)at < 0)
        return (int)at;
    space_name(bottom, "[stack]");
    return 0;
}

uaddr_t elf_make_stack(const struct elf_loaded *e, const char *path, const char *const *argv, const char *const *envp)
{
    int err = map_stack();
    if (err)
        return (uaddr_t)err;
    struct block b = {.size = STACK_MAX_BLOCK};
    size_t need = (3 + count(argv) + count(envp) + 2 * AUX_ENTRIES) * sizeof(uint64_t) + strings_size(argv) +
                  strings_size(envp) + 16 + sizeof "x86_64" + strlen(path) + 1;
    if (need > STACK_MAX_BLOCK || !(b.buf = kmalloc(need)))
        return (uaddr_t)-ENOMEM;
    b.size = need;
    /* Caches see different lines from run to run, and the last bits of the stack are not the same each time. */
    b.base = ALIGN_DOWN(space.stack_top - entropy_u64() % STACK_JITTER - need, 16);
    fill(&b, e, path, argv, envp);
    ASSERT(!b.full && b.used == need);
    err = user_write(b.base, b.buf, need);
    kfree(b.buf);
    return err ? (uaddr_t)err : b.base;
}
