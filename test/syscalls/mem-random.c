/* Random mmap, munmap, mprotect, mremap and madvise in one window against a page-by-page model: rights and content of
 * every page are what the calls promise, with and without large pages. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d, step %u)\n", __LINE__, #what, errno, step);                                 \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define PAGE 4096ul
#define PAGES 2048u
#define STEPS 20000u
#define NOT_MAPPED (-1)

static struct {
    int prot;     /* or NOT_MAPPED */
    uint64_t tag; /* at its first word */
} model[PAGES];
static char *window;
static unsigned step;
static sigjmp_buf back;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    siglongjmp(back, info->si_code);
}

static uint64_t *word_of(unsigned page)
{
    return (uint64_t *)(window + page * PAGE);
}

/* 0, or the code of the fault. */
static int access_page(unsigned page, const uint64_t *store, uint64_t *loaded)
{
    int code = sigsetjmp(back, 1);
    if (code)
        return code;
    if (store)
        *(volatile uint64_t *)word_of(page) = *store;
    else
        *loaded = *(volatile uint64_t *)word_of(page);
    return 0;
}

static void check_page(unsigned page)
{
    uint64_t value = 0, tag = (uint64_t)step << 32 | page;
    int prot = model[page].prot;
    int code = access_page(page, NULL, &value);
    CHECK(code == (prot == NOT_MAPPED ? SEGV_MAPERR : prot == PROT_NONE ? SEGV_ACCERR : 0));
    CHECK(code || value == model[page].tag);
    if (step % 2)
        return;
    code = access_page(page, &tag, NULL);
    CHECK(code == (prot == NOT_MAPPED ? SEGV_MAPERR : prot & PROT_WRITE ? 0 : SEGV_ACCERR));
    if (!code)
        model[page].tag = tag;
}

static int random_prot(void)
{
    static const int prots[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE};
    return prots[rand() % 4];
}

static int all_mapped(unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++)
        if (model[i].prot == NOT_MAPPED)
            return 0;
    return 1;
}

static void do_map(unsigned from, unsigned count)
{
    int prot = random_prot();
    char *at = window + from * PAGE;
    CHECK(mmap(at, count * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
    if (rand() % 4 == 0)
        madvise(at, count * PAGE, MADV_HUGEPAGE); /* a kernel may have none */
    for (unsigned i = from; i < from + count; i++) {
        model[i].prot = prot;
        model[i].tag = 0;
    }
}

static void do_unmap(unsigned from, unsigned count)
{
    CHECK(!munmap(window + from * PAGE, count * PAGE));
    for (unsigned i = from; i < from + count; i++)
        model[i].prot = NOT_MAPPED;
}

static void do_protect(unsigned from, unsigned count)
{
    int prot = random_prot();
    if (!all_mapped(from, count))
        return;
    CHECK(!mprotect(window + from * PAGE, count * PAGE, prot));
    for (unsigned i = from; i < from + count; i++)
        model[i].prot = prot;
}

static void do_drop(unsigned from, unsigned count)
{
    int whole = all_mapped(from, count);
    int result = madvise(window + from * PAGE, count * PAGE, MADV_DONTNEED);
    CHECK(whole ? !result : result == -1 && errno == ENOMEM);
    for (unsigned i = from; i < from + count; i++)
        model[i].tag = 0;
}

static void do_move(unsigned from, unsigned count)
{
    unsigned to = (unsigned)rand() % (PAGES - count);
    if ((to < from + count && from < to + count) || !all_mapped(from, count))
        return;
    char *at = window + to * PAGE;
    /* Linux moves one area at a time; one that is not a single area is left where it is. */
    if (mremap(window + from * PAGE, count * PAGE, count * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at) != at) {
        CHECK(errno == EFAULT);
        for (unsigned i = to; i < to + count; i++) /* but the place may have been cleared for it */
            if (access_page(i, NULL, &(uint64_t){0}) == SEGV_MAPERR)
                model[i].prot = NOT_MAPPED;
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        model[to + i] = model[from + i];
        model[from + i].prot = NOT_MAPPED;
    }
}

int main(void)
{
    static void (*const actions[])(unsigned, unsigned) = {do_map,     do_map,  do_unmap, do_protect,
                                                          do_protect, do_drop, do_move};
    struct sigaction act = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    CHECK(!sigaction(SIGSEGV, &act, NULL));
    char *room = mmap(NULL, (PAGES + 512) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(room != MAP_FAILED);
    window = (char *)(((uintptr_t)room + 511 * PAGE) & ~(512 * PAGE - 1));
    srand(1);
    for (step = 0; step < STEPS; step++) {
        unsigned count = 1 + (unsigned)rand() % (rand() % 8 ? 40 : 1100), from = (unsigned)rand() % (PAGES - count);
        actions[(unsigned)rand() % (sizeof actions / sizeof *actions)](from, count);
        for (unsigned i = 0; i < 8; i++)
            check_page(rand() % 2 ? from + (unsigned)rand() % count : (unsigned)rand() % PAGES);
    }
    for (unsigned page = 0; page < PAGES; page++)
        check_page(page);
    puts("OK");
    return 0;
}
