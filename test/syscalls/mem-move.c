/* mremap(2) with MREMAP_DONTUNMAP: the pages move, the old range stays and is empty. mprotect(2) over a hole changes
 * what lies below it. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
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
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define PAGE 4096ul
#define WRITABLE (PROT_READ | PROT_WRITE)

static char *map(size_t len)
{
    char *p = mmap(NULL, len, WRITABLE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    return p;
}

#define NO_MOVE(p, old, new, flags, error) CHECK(mremap(p, old, new, flags, NULL) == MAP_FAILED && errno == (error))

static void test_move(size_t len)
{
    char *p = map(len);
    for (size_t at = 0; at < len; at += PAGE)
        p[at] = (char)(at / PAGE + 1);
    NO_MOVE(p, len, len, MREMAP_DONTUNMAP, EINVAL);
    NO_MOVE(p, len, len - PAGE, MREMAP_DONTUNMAP | MREMAP_MAYMOVE, EINVAL);
    char *q = mremap(p, len, len, MREMAP_DONTUNMAP | MREMAP_MAYMOVE, NULL);
    CHECK(q != MAP_FAILED && q != p);
    for (size_t at = 0; at < len; at += PAGE)
        CHECK(q[at] == (char)(at / PAGE + 1) && !p[at]);
    p[0] = 'p';
    CHECK(q[0] == 1);
    char *place = map(len);
    CHECK(mremap(q, len, len, MREMAP_DONTUNMAP | MREMAP_MAYMOVE | MREMAP_FIXED, place) == place);
    CHECK(place[PAGE] == 2 && !q[PAGE]);
    CHECK(!munmap(p, len) && !munmap(q, len) && !munmap(place, len));
}

static sigjmp_buf back;

static void leave(int signal)
{
    siglongjmp(back, signal);
}

static int faults(volatile char *at)
{
    if (sigsetjmp(back, 1))
        return 1;
    *at = 1;
    return 0;
}

static void test_protect(void)
{
    char *p = map(4 * PAGE);
    CHECK(!munmap(p + 2 * PAGE, PAGE));
    CHECK(mprotect(p, 4 * PAGE, PROT_READ) == -1 && errno == ENOMEM);
    signal(SIGSEGV, leave);
    CHECK(faults(p) && faults(p + PAGE) && !faults(p + 3 * PAGE));
    CHECK(mprotect(p + 2 * PAGE, 2 * PAGE, PROT_READ) == -1 && errno == ENOMEM && !faults(p + 3 * PAGE));
}

int main(void)
{
    test_move(3 * PAGE);
    test_move(5ul << 20);
    test_protect();
    puts("OK");
    return 0;
}
