/* mmap(2), munmap(2): fresh pages are zero; places are honoured, refused or chosen; what is unmapped faults; bad
 * arguments. */
#include "mem.h"

static void fresh_pages_are_zero(void)
{
    char *p = anonymous(64 * PAGE, PROT_READ | PROT_WRITE);
    for (size_t i = 0; i < 64 * PAGE; i += 511)
        CHECK(p[i] == 0);
    memset(p, 0xaa, 64 * PAGE);
    CHECK(!munmap(p, 64 * PAGE));
    char *q = mmap(p, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(q == p); /* a free hint is taken */
    for (size_t i = 0; i < 64 * PAGE; i += 511)
        CHECK(q[i] == 0);
    CHECK(!munmap(q, 64 * PAGE));
}

static void a_hole_can_be_cut(void)
{
    char *p = anonymous(5 * PAGE, PROT_READ | PROT_WRITE);
    memset(p, 7, 5 * PAGE);
    CHECK(!munmap(p + PAGE, 2 * PAGE));
    CHECK(p[PAGE - 1] == 7 && p[3 * PAGE] == 7);
    CHECK(read_fault(p + PAGE) == SEGV_MAPERR && write_fault(p + 3 * PAGE - 1) == SEGV_MAPERR);
    CHECK(!munmap(p, 5 * PAGE) && !munmap(p, 5 * PAGE)); /* holes and nothing at all are fine */
    CHECK(read_fault(p) == SEGV_MAPERR);
}

static void fixed_places(void)
{
    char *p = anonymous(4 * PAGE, PROT_READ | PROT_WRITE);
    memset(p, 5, 4 * PAGE);
    const int fixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
              careful = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    CHECK(mmap(p + PAGE, PAGE, PROT_READ, fixed, -1, 0) == p + PAGE);
    CHECK(p[0] == 5 && p[PAGE] == 0 && p[2 * PAGE] == 5 && write_fault(p + PAGE) == SEGV_ACCERR);
    CHECK(mmap(p + PAGE, PAGE, PROT_READ, careful, -1, 0) == MAP_FAILED && errno == EEXIST);
    CHECK(!munmap(p + PAGE, PAGE));
    CHECK(mmap(p + PAGE, PAGE, PROT_READ, careful, -1, 0) == p + PAGE);
    CHECK(mmap(p + PAGE + 1, PAGE, PROT_READ, fixed, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(!munmap(p, 4 * PAGE));
}

static void bad_arguments(void)
{
    const int anon = MAP_PRIVATE | MAP_ANONYMOUS;
    CHECK(mmap(NULL, 0, PROT_READ, anon, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED && errno == EBADF);
    CHECK(mmap(NULL, SIZE_MAX, PROT_READ, anon, -1, 0) == MAP_FAILED && errno == ENOMEM);
    CHECK(mmap(NULL, 1ul << 47, PROT_NONE, anon, -1, 0) == MAP_FAILED && errno == ENOMEM);
    CHECK(mmap(NULL, 1ul << 46, PROT_READ | PROT_WRITE, anon, -1, 0) == MAP_FAILED && errno == ENOMEM);
    char *p = anonymous(PAGE, PROT_READ);
    FAILS(munmap(p + 1, PAGE), EINVAL);
    FAILS(munmap(p, 0), EINVAL);
    FAILS(munmap(p, SIZE_MAX - 8191), EINVAL);
    CHECK(!munmap(p, 1)); /* rounded up */
    CHECK(read_fault(p) == SEGV_MAPERR);
    CHECK(read_fault(NULL) == SEGV_MAPERR);
}

static void a_reservation_costs_nothing(void)
{
    const size_t size = 1ul << 40;
    char *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(p != MAP_FAILED && read_fault(p + size / 2) == SEGV_ACCERR);
    CHECK(!mprotect(p + size / 2, PAGE, PROT_READ | PROT_WRITE));
    p[size / 2] = 1;
    CHECK(read_fault(p + size / 2 - 1) == SEGV_ACCERR && read_fault(p + size / 2 + PAGE) == SEGV_ACCERR);
    CHECK(!munmap(p, size));
}

int main(void)
{
    catch_faults();
    fresh_pages_are_zero();
    a_hole_can_be_cut();
    fixed_places();
    bad_arguments();
    a_reservation_costs_nothing();
    puts("OK");
    return 0;
}
