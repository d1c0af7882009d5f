/* mprotect(2): rights change page by page, content stays, also below PROT_NONE; code may be written and then run; bad
 * ranges. */
#include "mem.h"

static void rights_change_page_by_page(void)
{
    char *p = anonymous(4 * PAGE, PROT_READ | PROT_WRITE);
    memset(p, 3, 4 * PAGE);
    CHECK(!mprotect(p + PAGE, PAGE, PROT_READ) && !mprotect(p + 2 * PAGE, PAGE, PROT_NONE));
    CHECK(!write_fault(p) && !write_fault(p + 3 * PAGE));
    CHECK(!read_fault(p + PAGE) && write_fault(p + PAGE) == SEGV_ACCERR);
    CHECK(read_fault(p + 2 * PAGE) == SEGV_ACCERR && write_fault(p + 2 * PAGE) == SEGV_ACCERR);
    CHECK(!mprotect(p, 4 * PAGE, PROT_READ | PROT_WRITE));
    CHECK(p[PAGE] == 3 && p[2 * PAGE] == 3 && p[3 * PAGE - 1] == 3);
    CHECK(!write_fault(p + PAGE) && !write_fault(p + 2 * PAGE));
    CHECK(!munmap(p, 4 * PAGE));
}

/* A page that was only read, or never touched, becomes writable like any other. */
static void untouched_pages_follow(void)
{
    char *p = anonymous(3 * PAGE, PROT_READ);
    CHECK(p[0] == 0);
    CHECK(!mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE));
    p[0] = p[PAGE] = 1;
    CHECK(p[0] == 1 && p[1] == 0 && p[PAGE] == 1 && p[2 * PAGE] == 0);
    CHECK(!munmap(p, 3 * PAGE));
}

static void code_is_written_then_run(void)
{
    static const unsigned char return_42[] = {0xb8, 42, 0, 0, 0, 0xc3}, return_7[] = {0xb8, 7, 0, 0, 0, 0xc3};
    char *p = anonymous(PAGE, PROT_READ | PROT_WRITE);
    memcpy(p, return_42, sizeof return_42);
    int (*code)(void) = (int (*)(void))(uintptr_t)p;
    fault_code = 0;
    if (!sigsetjmp(back, 1))
        code();
    CHECK(fault_code == SEGV_ACCERR && fault_address == p); /* data is not executable */
    CHECK(!mprotect(p, PAGE, PROT_READ | PROT_EXEC) && code() == 42 && write_fault(p) == SEGV_ACCERR);
    CHECK(!mprotect(p, PAGE, PROT_READ | PROT_WRITE));
    memcpy(p, return_7, sizeof return_7);
    CHECK(!mprotect(p, PAGE, PROT_READ | PROT_EXEC) && code() == 7);
    CHECK(!munmap(p, PAGE));
}

static void bad_ranges(void)
{
    char *p = anonymous(3 * PAGE, PROT_READ);
    CHECK(!munmap(p + PAGE, PAGE));
    FAILS(mprotect(p, 3 * PAGE, PROT_READ), ENOMEM);
    FAILS(mprotect(p + 1, PAGE, PROT_READ), EINVAL);
    FAILS(mprotect(p, PAGE, 0x80), EINVAL);
    FAILS(mprotect(p, SIZE_MAX - 8191, PROT_READ), ENOMEM);
    CHECK(!mprotect(p, 0, PROT_READ));
    CHECK(!munmap(p, 3 * PAGE));
}

int main(void)
{
    catch_faults();
    rights_change_page_by_page();
    untouched_pages_follow();
    code_is_written_then_run();
    bad_ranges();
    puts("OK");
    return 0;
}
