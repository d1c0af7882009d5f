/* Large pages must not show: a large area keeps its content through partial munmap, mprotect, madvise and mremap. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))
#define PAGE 4096ul

static sigjmp_buf back;
static volatile int fault_code;
static void *volatile fault_address;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    fault_code = info->si_code;
    fault_address = info->si_addr;
    siglongjmp(back, 1);
}

static void catch_faults(void)
{
    struct sigaction act = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    CHECK(!sigaction(SIGSEGV, &act, NULL));
}

/* The code of the fault that the access makes; 0: none. */
static int read_fault(const volatile char *p)
{
    fault_code = 0;
    if (!sigsetjmp(back, 1))
        (void)*p;
    CHECK(!fault_code || fault_address == (void *)p);
    return fault_code;
}

static int write_fault(volatile char *p)
{
    fault_code = 0;
    if (!sigsetjmp(back, 1))
        *p = 1;
    CHECK(!fault_code || fault_address == (void *)p);
    return fault_code;
}

static char *anonymous(size_t size, int prot)
{
    char *p = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED && (uintptr_t)p % PAGE == 0);
    return p;
}

#define LARGE (2ul << 20)

/* Word i of the area holds i. */
static void fill(char *p, size_t from, size_t to)
{
    for (size_t at = from; at < to; at += PAGE)
        *(uint64_t *)(p + at) = at;
}

static int is_filled(const char *p, size_t from, size_t to, size_t shift)
{
    for (size_t at = from; at < to; at += PAGE)
        if (*(const uint64_t *)(p + at) != at + shift)
            return 0;
    return 1;
}

int main(void)
{
    catch_faults();
    const size_t size = 24 * LARGE / 2;
    char *p = anonymous(size, PROT_READ | PROT_WRITE);
    madvise(p, size, MADV_HUGEPAGE); /* a kernel may have none */
    fill(p, 0, size);
    CHECK(is_filled(p, 0, size, 0));

    char *middle = (char *)(((uintptr_t)p + 4 * LARGE) & ~(LARGE - 1));
    size_t at = (size_t)(middle - p);
    CHECK(!mprotect(middle + 5 * PAGE, PAGE, PROT_READ) && write_fault(middle + 5 * PAGE) == SEGV_ACCERR);
    CHECK(!write_fault(middle + 6 * PAGE + 8) && is_filled(p, 0, size, 0));
    CHECK(!mprotect(p, size, PROT_NONE) && read_fault(middle) == SEGV_ACCERR);
    CHECK(!mprotect(p, size, PROT_READ | PROT_WRITE) && is_filled(p, 0, size, 0));

    CHECK(!munmap(middle + LARGE + 7 * PAGE, PAGE) && read_fault(middle + LARGE + 7 * PAGE) == SEGV_MAPERR);
    CHECK(is_filled(p, 0, at + LARGE + 7 * PAGE, 0) && is_filled(p, at + LARGE + 8 * PAGE, size, 0));
    CHECK(!madvise(middle + 2 * LARGE + PAGE, PAGE, MADV_DONTNEED) && middle[2 * LARGE + PAGE] == 0);
    CHECK(is_filled(p, at + 2 * LARGE + 2 * PAGE, size, 0));

    /* moved by a distance that is no multiple of a large page */
    char *room = anonymous(6 * LARGE, PROT_NONE), *to = (char *)(((uintptr_t)room + LARGE) & ~(LARGE - 1)) + 3 * PAGE;
    CHECK(mremap(middle + 3 * LARGE, 2 * LARGE, 2 * LARGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
    CHECK(is_filled(to, 0, 2 * LARGE, at + 3 * LARGE) && read_fault(middle + 3 * LARGE) == SEGV_MAPERR);
    /* and by one that is */
    char *aligned = (char *)(((uintptr_t)room + LARGE) & ~(LARGE - 1)) + 3 * LARGE;
    CHECK(mremap(middle + 5 * LARGE, LARGE, LARGE, MREMAP_MAYMOVE | MREMAP_FIXED, aligned) == aligned);
    CHECK(is_filled(aligned, 0, LARGE, at + 5 * LARGE));
    CHECK(!munmap(p, size) && !munmap(room, 6 * LARGE));
    puts("OK");
    return 0;
}
