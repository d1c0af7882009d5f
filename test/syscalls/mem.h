/* What the mem-*.c tests share: checks that end with a number of their own, and the code of the fault that an access
 * makes. */
#pragma once
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

__attribute__((unused)) static void catch_faults(void)
{
    struct sigaction act = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    CHECK(!sigaction(SIGSEGV, &act, NULL));
}

/* The code of the fault that the access makes; 0: none. */
__attribute__((unused)) static int read_fault(const volatile char *p)
{
    fault_code = 0;
    if (!sigsetjmp(back, 1))
        (void)*p;
    CHECK(!fault_code || fault_address == (void *)p);
    return fault_code;
}

__attribute__((unused)) static int write_fault(volatile char *p)
{
    fault_code = 0;
    if (!sigsetjmp(back, 1))
        *p = 1;
    CHECK(!fault_code || fault_address == (void *)p);
    return fault_code;
}

__attribute__((unused)) static char *anonymous(size_t size, int prot)
{
    char *p = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED && (uintptr_t)p % PAGE == 0);
    return p;
}
