/* Floating-point and vector registers, rounding mode and direction flag belong to the thread: they survive preemption,
 * system calls and signal handlers; a handler starts with a clean state and finds the interrupted one in its frame. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
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
enum { NEAREST = 0, DOWNWARD = 0x2000, UPWARD = 0x4000, TOWARD_ZERO = 0x6000 }; /* of MXCSR */
#define THREADS 4
#define ROUNDS 3000

static volatile int handled;
static volatile int frame_was_wrong;

static unsigned rounding(void)
{
    return __builtin_ia32_stmxcsr() & TOWARD_ZERO;
}

static void set_rounding(unsigned mode)
{
    __builtin_ia32_ldmxcsr((__builtin_ia32_stmxcsr() & ~(unsigned)TOWARD_ZERO) | mode);
}

/* Fills all 16 vector registers with a pattern, spins, and counts the registers that changed. */
__attribute__((noinline)) static int keep_sse(uint64_t pattern, long spins)
{
    uint64_t out[16];
    __asm__ volatile(
        "movq %2, %%xmm0\n punpcklqdq %%xmm0, %%xmm0\n"
        "movaps %%xmm0, %%xmm1\n movaps %%xmm0, %%xmm2\n movaps %%xmm0, %%xmm3\n movaps %%xmm0, %%xmm4\n"
        "movaps %%xmm0, %%xmm5\n movaps %%xmm0, %%xmm6\n movaps %%xmm0, %%xmm7\n movaps %%xmm0, %%xmm8\n"
        "movaps %%xmm0, %%xmm9\n movaps %%xmm0, %%xmm10\n movaps %%xmm0, %%xmm11\n movaps %%xmm0, %%xmm12\n"
        "movaps %%xmm0, %%xmm13\n movaps %%xmm0, %%xmm14\n movaps %%xmm0, %%xmm15\n"
        "1: decq %0\n jnz 1b\n"
        "movhps %%xmm0, (%1)\n movhps %%xmm1, 8(%1)\n movhps %%xmm2, 16(%1)\n movhps %%xmm3, 24(%1)\n"
        "movhps %%xmm4, 32(%1)\n movhps %%xmm5, 40(%1)\n movhps %%xmm6, 48(%1)\n movhps %%xmm7, 56(%1)\n"
        "movhps %%xmm8, 64(%1)\n movhps %%xmm9, 72(%1)\n movhps %%xmm10, 80(%1)\n movhps %%xmm11, 88(%1)\n"
        "movhps %%xmm12, 96(%1)\n movhps %%xmm13, 104(%1)\n movhps %%xmm14, 112(%1)\n movhps %%xmm15, 120(%1)\n"
        : "+r"(spins)
        : "r"(out), "r"(pattern)
        : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
          "xmm12", "xmm13", "xmm14", "xmm15");
    int changed = 0;
    for (int i = 0; i < 16; i++)
        changed += out[i] != pattern;
    return changed;
}

/* The upper halves of the AVX registers. */
__attribute__((noinline, target("avx"))) static int keep_avx(uint64_t pattern, long spins)
{
    uint64_t in[4] = {pattern, pattern + 1, pattern + 2, pattern + 3}, out[8];
    __asm__ volatile("vmovdqu (%2), %%ymm3\n vmovdqu (%2), %%ymm14\n"
                     "1: decq %0\n jnz 1b\n"
                     "vmovdqu %%ymm3, (%1)\n vmovdqu %%ymm14, 32(%1)\n vzeroupper\n"
                     : "+r"(spins)
                     : "r"(out), "r"(in)
                     : "memory", "xmm3", "xmm14");
    return memcmp(in, out, sizeof in) != 0 || memcmp(in, out + 4, sizeof in) != 0;
}

static void *keep(void *arg)
{
    uint64_t seed = 0x1111111111111111u * ((uintptr_t)arg + 1);
    int avx = __builtin_cpu_supports("avx");
    unsigned mode = (uintptr_t)arg % 2 ? UPWARD : DOWNWARD;
    set_rounding(mode);
    for (int i = 0; i < ROUNDS; i++) {
        if (keep_sse(seed + (uint64_t)i, 2000) || (avx && keep_avx(seed ^ (uint64_t)i, 2000)))
            return "changed";
        if (i % 50 == 0)
            sched_yield();
        if (rounding() != mode)
            return "rounding";
    }
    return NULL;
}

static void threads_keep_their_registers(void)
{
    pthread_t t[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&t[i], NULL, keep, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++) {
        void *complaint;
        CHECK(pthread_join(t[i], &complaint) == 0 && complaint == NULL);
    }
    CHECK(rounding() == NEAREST);
}

static void disturb(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    struct _libc_fpstate *fp = uc->uc_mcontext.fpregs;
    if (rounding() != NEAREST || (uintptr_t)fp % 64 || (fp->mxcsr & TOWARD_ZERO) != UPWARD)
        frame_was_wrong = 1;
    keep_sse(0xdeadbeef, 1);
    set_rounding(TOWARD_ZERO);
    handled++;
}

static void handlers_do_not_disturb(void)
{
    struct sigaction a = {.sa_sigaction = disturb, .sa_flags = SA_SIGINFO};
    struct itimerval every = {{0, 2000}, {0, 2000}}, off = {{0, 0}, {0, 0}};
    CHECK(sigaction(SIGALRM, &a, NULL) == 0);
    set_rounding(UPWARD);
    CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
    for (uint64_t i = 0; handled < 10; i++) {
        CHECK(keep_sse(i * 0x123456789, 100000) == 0);
        CHECK(!__builtin_cpu_supports("avx") || keep_avx(i, 100000) == 0);
    }
    CHECK(setitimer(ITIMER_REAL, &off, NULL) == 0);
    CHECK(rounding() == UPWARD && !frame_was_wrong);
    set_rounding(NEAREST);
}

static void mend(int signal, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    struct _libc_fpstate *fp = uc->uc_mcontext.fpregs;
    memset(&fp->_xmm[5], 0x77, sizeof fp->_xmm[5]);
    handled++;
}

static void what_the_handler_writes_is_restored(void)
{
    struct sigaction a = {.sa_sigaction = mend, .sa_flags = SA_SIGINFO};
    uint64_t got = 0;
    CHECK(sigaction(SIGUSR1, &a, NULL) == 0);
    register long pid __asm__("rdi") = getpid();
    register long signal __asm__("rsi") = SIGUSR1;
    __asm__ volatile("pxor %%xmm5, %%xmm5\n movl $62, %%eax\n syscall\n movq %%xmm5, %0" /* kill */
                     : "=r"(got)
                     : "r"(pid), "r"(signal)
                     : "rax", "rcx", "r11", "xmm5", "memory");
    CHECK(got == 0x7777777777777777);
}

int main(void)
{
    threads_keep_their_registers();
    handlers_do_not_disturb();
    what_the_handler_writes_is_restored();
    puts("OK");
    return 0;
}
