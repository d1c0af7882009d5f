/* Large pages must not show: a large area keeps its content through partial munmap, mprotect, madvise and mremap. */
#include "mem.h"

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
