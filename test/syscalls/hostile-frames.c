/* sigreturn(2), sigaltstack(2): a handler may write anything into its frame. Privileges do not come of it: the program
 * goes on with harmless flags and its own segments, or gets SIGSEGV. A jump to where no code can be is SIGSEGV too,
 * single-stepping over system calls traps in the program alone. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096ul
#define FLAGS_IF 0x200ul
#define FLAGS_IOPL 0x3000ul
#define FLAGS_TF 0x100ul

static sigjmp_buf out;
static void (*spoil)(ucontext_t *uc);
static volatile unsigned long traps;
static uint8_t *edge; /* the last page before one that is not there */

static void on_fault(int signal)
{
    siglongjmp(out, signal);
}

static void on_user(int signal, siginfo_t *info, void *context)
{
    spoil(context);
}

static unsigned long flags(void)
{
    unsigned long v;
    __asm__ volatile("pushfq\n\tpopq %0\n\tcld" : "=r"(v));
    return v;
}

static void set_all_flags(ucontext_t *uc)
{
    uc->uc_mcontext.gregs[REG_EFL] = (greg_t)~FLAGS_TF;
}
static void clear_flags(ucontext_t *uc)
{
    uc->uc_mcontext.gregs[REG_EFL] = 0;
}
static void kernel_segments(ucontext_t *uc)
{
    uc->uc_mcontext.gregs[REG_CSGSFS] = 0x0018000000000010;
}
static void null_segments(ucontext_t *uc)
{
    uc->uc_mcontext.gregs[REG_CSGSFS] = 0;
}
static void hole_rip(ucontext_t *uc)
{
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)0x800000000000;
}
static void kernel_rip(ucontext_t *uc)
{
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)0xffffffff80000000;
}
static void restart_code(ucontext_t *uc)
{
    uc->uc_mcontext.gregs[REG_RAX] = -512;
}
static uint8_t *fpu_of(ucontext_t *uc)
{
    return (uint8_t *)uc->uc_mcontext.fpregs;
}
static void bad_header(ucontext_t *uc)
{
    memset(fpu_of(uc) + 512, 0xff, 64);
}
static void bad_size(ucontext_t *uc)
{
    uint32_t sizes[] = {0x46505853, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff};
    memcpy(fpu_of(uc) + 464, sizes, sizeof sizes);
}
static void bad_mxcsr(ucontext_t *uc)
{
    memset(fpu_of(uc) + 24, 0xff, 4);
}
static void kernel_fpu(ucontext_t *uc)
{
    uc->uc_mcontext.fpregs = (void *)0xffffffff80000000;
}
static void crooked_fpu(ucontext_t *uc)
{
    uc->uc_mcontext.fpregs = (void *)(fpu_of(uc) + 1);
}
/* The header can be read, what follows cannot. */
static void cut_fpu(ucontext_t *uc)
{
    uint8_t *at = edge + PAGE - 576;
    memcpy(at, fpu_of(uc), 512);
    memset(at + 512, 0xff, 64);
    uc->uc_mcontext.fpregs = (void *)at;
}
static void wild_stack(ucontext_t *uc)
{
    uc->uc_stack.ss_sp = (void *)0xffff800000000000;
    uc->uc_stack.ss_size = SIZE_MAX;
    uc->uc_stack.ss_flags = -1;
}

static void (*const spoilers[])(ucontext_t *) = {set_all_flags, clear_flags,  kernel_segments, null_segments, hole_rip,
                                                 kernel_rip,    restart_code, bad_header,      bad_size,      bad_mxcsr,
                                                 kernel_fpu,    crooked_fpu,  cut_fpu,         wild_stack};

static int is_harmless(void)
{
    uint16_t cs;
    unsigned long f = flags();
    __asm__ volatile("movw %%cs, %0" : "=r"(cs));
    return (cs & 3) == 3 && f & FLAGS_IF && !(f & FLAGS_IOPL);
}

static int frames(void)
{
    for (unsigned round = 0; round < 20; round++)
        for (unsigned i = 0; i < sizeof spoilers / sizeof *spoilers; i++) {
            spoil = spoilers[i];
            if (!sigsetjmp(out, 1)) {
                raise(SIGUSR1);
                __asm__ volatile("pushfq\n\tandq $~0x44400, (%%rsp)\n\tpopfq" ::: "memory", "cc"); /* DF, NT, AC */
            }
            if (!is_harmless())
                return 1 + (int)i;
        }
    return 0;
}

/* Somebody to switch to at any moment. */
static volatile int stop;
static void *spin(void *arg)
{
    while (!stop)
        getpid();
    return arg;
}

static void nothing(ucontext_t *uc)
{
}

static int jumps(void)
{
    static const uintptr_t targets[] = {0x800000000000, 0xffff7fffffffffff, 0xffffffff80000000, 0x7ffffffff000, 0};
    for (volatile unsigned i = 0; i < 20000; i++)
        if (!sigsetjmp(out, 0))
            __asm__ volatile("jmp *%0" ::"r"(targets[i % 5]));
    return 0;
}

static void on_trap(int signal)
{
    traps++;
}

static int steps(void)
{
    long result;
    __asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\t"
                     "syscall\n\tmovl $39, %%eax\n\tsyscall\n\t"
                     "pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq"
                     : "=a"(result)
                     : "a"(SYS_getpid)
                     : "rcx", "r11", "memory", "cc");
    return traps >= 3 && result == getpid() ? 0 : 1;
}

/* A stack pointer where no frame can be: the signal ends at the alternate stack or not at all. */
static int stacks(void)
{
    static const uintptr_t places[] = {0, 64, 0x7fffffffffff, 0x800000000000, 0xffff800000000000, 0xfffffffffffffff8};
    for (volatile unsigned i = 0; i < 6; i++)
        if (!sigsetjmp(out, 0))
            __asm__ volatile("movq %0, %%rsp\n\tpushq %%rax\n\tud2" ::"r"(places[i]));
    return 0;
}

int main(void)
{
    static uint8_t alternate[65536];
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    struct sigaction user = {.sa_sigaction = on_user, .sa_flags = SA_SIGINFO};
    struct sigaction fault = {.sa_handler = on_fault, .sa_flags = SA_ONSTACK | SA_NODEFER};
    struct sigaction trap = {.sa_handler = on_trap};
    pthread_t thread;
    struct itimerval fast = {{0, 200}, {0, 200}}, off = {{0, 0}, {0, 0}};
    edge = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(edge + PAGE, PAGE);
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &user, NULL);
    sigaction(SIGALRM, &user, NULL);
    sigaction(SIGTRAP, &trap, NULL);
    sigaction(SIGSEGV, &fault, NULL);
    sigaction(SIGBUS, &fault, NULL);
    sigaction(SIGILL, &fault, NULL);
    pthread_create(&thread, NULL, spin, NULL);
    int err = frames();
    if (err)
        return err;
    sigaltstack(&stack, NULL);
    spoil = nothing;
    if (steps())
        return 20;
    stacks();
    setitimer(ITIMER_REAL, &fast, NULL);
    jumps();
    setitimer(ITIMER_REAL, &off, NULL);
    stop = 1;
    pthread_join(thread, NULL);
    puts("OK");
    return 0;
}
