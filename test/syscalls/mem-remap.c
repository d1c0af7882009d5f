/* mremap(2): grows and shrinks in place, moves with all content, keeps rights; fixed places; refusals. */
#include "mem.h"

static void fill(char *p, size_t pages)
{
    for (size_t i = 0; i < pages; i++)
        p[i * PAGE] = (char)(i * 7 + 1);
}

static int is_filled(const char *p, size_t pages)
{
    for (size_t i = 0; i < pages; i++)
        if (p[i * PAGE] != (char)(i * 7 + 1))
            return 0;
    return 1;
}

static void grows_in_place_and_shrinks(void)
{
    char *p = anonymous(8 * PAGE, PROT_READ | PROT_WRITE);
    fill(p, 8);
    CHECK(mremap(p, 8 * PAGE, 3 * PAGE, 0) == p && is_filled(p, 3) && read_fault(p + 3 * PAGE) == SEGV_MAPERR);
    CHECK(mremap(p, 3 * PAGE, 8 * PAGE, 0) == p && is_filled(p, 3) && p[3 * PAGE] == 0 && p[7 * PAGE] == 0);
    CHECK(!munmap(p, 8 * PAGE));
}

static void moves_when_it_must(void)
{
    char *p = anonymous(601 * PAGE, PROT_READ | PROT_WRITE);
    fill(p, 600);
    CHECK(mmap(p + 600 * PAGE, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p + 600 * PAGE);
    CHECK(!mprotect(p + 5 * PAGE, 595 * PAGE, PROT_READ));
    FAILS((long)mremap(p + 5 * PAGE, 595 * PAGE, 900 * PAGE, 0), ENOMEM);
    char *q = mremap(p + 5 * PAGE, 595 * PAGE, 900 * PAGE, MREMAP_MAYMOVE);
    CHECK(q != MAP_FAILED && q != p + 5 * PAGE && q[0] == (char)(5 * 7 + 1) && q[594 * PAGE] == (char)(599 * 7 + 1));
    CHECK(q[595 * PAGE] == 0 && q[899 * PAGE] == 0 && write_fault(q) == SEGV_ACCERR);
    CHECK(is_filled(p, 5) && read_fault(p + 5 * PAGE) == SEGV_MAPERR && read_fault(p + 599 * PAGE) == SEGV_MAPERR);
    CHECK(!munmap(q, 900 * PAGE) && !munmap(p, 601 * PAGE));
}

static void moves_to_a_fixed_place(void)
{
    char *p = anonymous(2 * PAGE, PROT_READ | PROT_WRITE), *to = anonymous(4 * PAGE, PROT_READ | PROT_WRITE);
    fill(p, 2);
    memset(to, 9, 4 * PAGE);
    CHECK(mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + PAGE) == to + PAGE);
    CHECK(is_filled(to + PAGE, 2) && to[0] == 9 && to[3 * PAGE] == 9 && read_fault(p) == SEGV_MAPERR);
    FAILS((long)mremap(to, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + PAGE), EINVAL);
    FAILS((long)mremap(to, 2 * PAGE, 2 * PAGE, MREMAP_FIXED, p), EINVAL);
    CHECK(!munmap(to, 4 * PAGE));
}

static void refusals(void)
{
    char *p = anonymous(2 * PAGE, PROT_READ | PROT_WRITE);
    FAILS((long)mremap(p + 1, PAGE, PAGE, 0), EINVAL);
    FAILS((long)mremap(p, PAGE, 0, 0), EINVAL);
    FAILS((long)mremap(p, PAGE, PAGE, 0x100), EINVAL);
    CHECK(!munmap(p, PAGE));
    FAILS((long)mremap(p, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE), EFAULT);
    FAILS((long)mremap(p + PAGE, PAGE, 1ul << 46, MREMAP_MAYMOVE), ENOMEM);
    CHECK(!munmap(p + PAGE, PAGE));
}

int main(void)
{
    catch_faults();
    grows_in_place_and_shrinks();
    moves_when_it_must();
    moves_to_a_fixed_place();
    refusals();
    puts("OK");
    return 0;
}
