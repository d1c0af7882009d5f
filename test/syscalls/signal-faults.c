/* Faults become signals with the address: SIGSEGV (not mapped, not allowed), SIGFPE, SIGILL, SIGTRAP. A handler sees
 * the registers, may change them, may run on its own stack, and may leave by siglongjmp. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

/* Each failed check ends the test with a number of its own. */
#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        int number = __COUNTER__ + 1;                                                                                  \
        if (!(cond)) {                                                                                                 \
            printf("check %d, line %d: not true: %s (errno %d)\n", number, __LINE__, #cond, errno);                    \
            fflush(stdout);                                                                                            \
            _exit(number);                                                                                             \
        }                                                                                                              \
    } while (0)
static sigjmp_buf back;
static volatile int signal_seen, code_seen;
static void *volatile address_seen;
static volatile long trap_seen, cr2_seen;
static volatile int on_own_stack;
static char *own_stack;
#define OWN_STACK_SIZE 65536

static void leave(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    signal_seen = signal;
    code_seen = info->si_code;
    address_seen = info->si_addr;
    trap_seen = uc->uc_mcontext.gregs[REG_TRAPNO];
    cr2_seen = uc->uc_mcontext.gregs[REG_CR2];
    on_own_stack = (char *)&uc >= own_stack && (char *)&uc < own_stack + OWN_STACK_SIZE;
    siglongjmp(back, 1);
}

static void handle(int signal, void (*fn)(int, siginfo_t *, void *), int flags)
{
    struct sigaction a = {.sa_sigaction = fn, .sa_flags = SA_SIGINFO | flags};
    sigemptyset(&a.sa_mask);
    CHECK(sigaction(signal, &a, NULL) == 0);
    signal_seen = 0;
}

static void unmapped_memory_faults_with_its_address(void)
{
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED && munmap(page, 4096) == 0);
    handle(SIGSEGV, leave, 0);
    if (!sigsetjmp(back, 1))
        page[123] = 1;
    CHECK(signal_seen == SIGSEGV && code_seen == SEGV_MAPERR && address_seen == page + 123);
    CHECK(trap_seen == 14 && cr2_seen == (long)(page + 123));
    if (!sigsetjmp(back, 1))
        *(volatile int *)8 = 1;
    CHECK(address_seen == (void *)8 && code_seen == SEGV_MAPERR);
}

static void protected_memory_faults(void)
{
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!sigsetjmp(back, 1))
        page[5] = 1;
    CHECK(code_seen == SEGV_ACCERR && address_seen == page + 5);
    CHECK(mprotect(page, 4096, PROT_NONE) == 0);
    signal_seen = 0;
    if (!sigsetjmp(back, 1))
        signal_seen = *(volatile char *)page;
    CHECK(signal_seen == SIGSEGV && code_seen == SEGV_ACCERR && address_seen == page);
    CHECK(mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0);
    if (!sigsetjmp(back, 1))
        ((void (*)(void))page)(); /* data is not code */
    CHECK(code_seen == SEGV_ACCERR && address_seen == page);
}

static void addresses_that_no_cpu_has_fault(void)
{
    volatile char *beyond = (char *)0x8000000000000000ul;
    signal_seen = 0;
    if (!sigsetjmp(back, 1))
        *beyond = 1;
    CHECK(signal_seen == SIGSEGV && code_seen == SI_KERNEL && address_seen == NULL && trap_seen == 13);
    if (!sigsetjmp(back, 1))
        *(volatile char *)0xffffffff80000000ul = 1; /* the kernel's half */
    CHECK(signal_seen == SIGSEGV && code_seen == SEGV_MAPERR && trap_seen == 14);
}

static void arithmetic_and_bad_instructions_fault(void)
{
    volatile int zero = 0, one = 1;
    handle(SIGFPE, leave, 0);
    if (!sigsetjmp(back, 1))
        one /= zero;
    CHECK(signal_seen == SIGFPE && code_seen == FPE_INTDIV && address_seen != NULL && trap_seen == 0);
    handle(SIGILL, leave, 0);
    void *volatile at = NULL;
    if (!sigsetjmp(back, 1))
        __asm__ volatile("leaq 1f(%%rip), %%rax\n movq %%rax, %0\n 1: ud2" : "=m"(at)::"rax", "memory");
    CHECK(signal_seen == SIGILL && code_seen == ILL_ILLOPN && address_seen == at);
    if (!sigsetjmp(back, 1))
        __asm__ volatile("cli");
    CHECK(signal_seen == SIGSEGV || signal_seen == SIGILL); /* privileged: general protection */
}

static volatile uint64_t rip_seen;
static void step_over(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    signal_seen = signal;
    code_seen = info->si_code;
    rip_seen = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
    uc->uc_mcontext.gregs[REG_RBX] = 4711;
    if (signal == SIGILL)
        uc->uc_mcontext.gregs[REG_RIP] += 2;
}

static void handlers_may_change_registers(void)
{
    uint64_t rbx = 1, after;
    handle(SIGILL, step_over, 0);
    handle(SIGTRAP, step_over, 0);
    __asm__ volatile("movq $5, %%rbx\n ud2\n movq %%rbx, %0" : "=r"(rbx)::"rbx");
    CHECK(rbx == 4711);
    __asm__ volatile("movq $5, %%rbx\n int3\n 1: movq %%rbx, %0\n leaq 1b(%%rip), %1" : "=r"(rbx), "=r"(after)::"rbx");
    CHECK(signal_seen == SIGTRAP && code_seen == SI_KERNEL && rbx == 4711 && rip_seen == after);
}

static int overflow(int n)
{
    volatile char space[4096];
    space[0] = (char)n;
    return n == -1 ? 0 : overflow(n + 1) + space[0];
}

static void handlers_have_their_own_stack(void)
{
    own_stack = mmap(NULL, OWN_STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t s = {.ss_sp = own_stack, .ss_size = OWN_STACK_SIZE}, old;
    CHECK(sigaltstack(&s, NULL) == 0);
    handle(SIGSEGV, leave, SA_ONSTACK);
    for (int i = 0; i < 3; i++) {
        on_own_stack = 0;
        if (!sigsetjmp(back, 1))
            overflow(0);
        CHECK(on_own_stack && signal_seen == SIGSEGV);
    }
    CHECK(sigaltstack(NULL, &old) == 0 && old.ss_sp == own_stack && old.ss_flags == 0);
    s.ss_size = 100;
    CHECK(sigaltstack(&s, NULL) == -1 && errno == ENOMEM);
    s.ss_flags = SS_DISABLE;
    CHECK(sigaltstack(&s, NULL) == 0 && sigaltstack(NULL, &old) == 0 && old.ss_flags == SS_DISABLE);
}

int main(void)
{
    unmapped_memory_faults_with_its_address();
    protected_memory_faults();
    addresses_that_no_cpu_has_fault();
    arithmetic_and_bad_instructions_fault();
    handlers_may_change_registers();
    handlers_have_their_own_stack();
    puts("OK");
    return 0;
}
