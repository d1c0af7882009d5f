/* The stack grows down on demand to its limit of 8 MiB; beyond it a fault arrives on the alternate stack; brk(2) grows
 * and shrinks. */
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
