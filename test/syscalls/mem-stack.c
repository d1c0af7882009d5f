/* The stack grows down on demand to its limit of 8 MiB; beyond it a fault arrives on the alternate stack; brk(2) grows
 * and shrinks. */
#include "mem.h"

static int deep(int levels)
{
    volatile char frame[4096];
    frame[0] = (char)levels;
    return levels ? deep(levels - 1) + frame[0] - (char)levels : 0;
}

static int endless(volatile int *n)
{
    volatile char frame[4096];
    frame[0] = 1;
    ++*n;
    return endless(n) + frame[0];
}

static void the_stack_ends(void)
{
    static char alternate[65536];
    static volatile int levels;
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    struct sigaction act = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    CHECK(!sigaltstack(&stack, NULL) && !sigaction(SIGSEGV, &act, NULL));
    fault_code = 0;
    if (!sigsetjmp(back, 1))
        endless(&levels);
    CHECK(fault_code == SEGV_MAPERR || fault_code == SEGV_ACCERR);
    CHECK(levels > 1500 && levels < 2100);
}

static void the_heap_moves(void)
{
    char *start = sbrk(0);
    CHECK(start != (void *)-1 && sbrk(100 * PAGE) == start);
    memset(start, 4, 100 * PAGE);
    CHECK(sbrk(0) == start + 100 * PAGE && sbrk(-(long)(100 * PAGE)) == start + 100 * PAGE && sbrk(0) == start);
    CHECK(sbrk(2 * PAGE) == start && start[PAGE] == 0 && start[2 * PAGE - 1] == 0);
    CHECK(brk(start) == 0);
    FAILS(brk((void *)(1ul << 47)), ENOMEM);
    CHECK(sbrk(0) == start);
}

int main(void)
{
    CHECK(deep(1700) == 0);
    the_heap_moves();
    the_stack_ends();
    puts("OK");
    return 0;
}
