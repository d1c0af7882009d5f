/* Every system call number, at every argument every bad value, in a machine that has nothing to lose: whatever a call
 * answers, the program goes on, nothing of the kernel's addresses comes out, and what the program holds is untouched.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define PAGE 4096ul
enum { NUMBERS = 480, FDS = 32 };

static sigjmp_buf out;
static char *arena; /* a page, then one that is not there */
static volatile unsigned long calls, late;

/* What does not come back, or takes away what this program stands on. */
static int is_left_out(long number)
{
    static const short list[] = {
        SYS_exit,
        SYS_exit_group,
        SYS_rt_sigreturn,
        SYS_pause,
        SYS_rt_sigaction,
        SYS_rt_sigprocmask,
        SYS_kill,
        SYS_tkill,
        SYS_tgkill,
        SYS_setitimer,
        SYS_alarm,
        SYS_munmap,
        SYS_mprotect,
        SYS_brk,
        SYS_mmap,
        SYS_mremap,
        SYS_madvise,
        SYS_clone,
        SYS_clone3,
        SYS_arch_prctl,
        SYS_setrlimit,
        SYS_prlimit64,
        SYS_sigaltstack,
        SYS_reboot,
        SYS_dup2,
        SYS_dup3,
        SYS_close,
        SYS_close_range,
        SYS_rt_sigsuspend,
        SYS_sched_setscheduler,
        SYS_chroot,
        SYS_set_tid_address,
        SYS_rt_sigqueueinfo,
        SYS_rt_tgsigqueueinfo,
        SYS_write,
        SYS_sched_setparam,
        SYS_writev,
        SYS_pwritev,
        SYS_pwritev2,
        SYS_mlockall,
        SYS_setuid,
        SYS_setresuid,
        SYS_setreuid,
        SYS_personality,
        SYS_prctl,
    };
    for (unsigned i = 0; i < sizeof list / sizeof *list; i++)
        if (number == list[i])
            return 1;
    return 0;
}

static void on_fault(int signal)
{
    siglongjmp(out, signal);
}

/* Ends what waits. */
static void on_alarm(int signal)
{
    late++;
}

/* Words that look like addresses of the kernel, and are not small negative numbers. */
static void look_for_addresses(long number)
{
    for (unsigned at = 0; at + 8 <= PAGE; at += 4) {
        uint64_t word;
        memcpy(&word, arena + at, 8);
        if (word >= 0xffff800000000000 && word < (uint64_t) - (1l << 32)) {
            printf("system call %ld tells %#lx\n", number, word);
            exit(3);
        }
    }
}

static void call(long number, const long *v)
{
    calls++;
    if (!sigsetjmp(out, 1))
        syscall(number, v[0], v[1], v[2], v[3], v[4], v[5]);
}

static void try_number(long number)
{
    const long end = (long)arena + (long)PAGE;
    const long bad[] = {0,
                        1,
                        -1,
                        3,
                        end - 1,
                        end - 8,
                        end,
                        end - 4096,
                        0x7fffffff,
                        (long)0xffffffff80000000,
                        LONG_MAX,
                        LONG_MIN,
                        0x800000000000,
                        (long)0xffff800000000000,
                        0x7ffffffff000,
                        -4096};
    const unsigned count = sizeof bad / sizeof *bad;
    const long bases[][6] = {{0, 0, 0, 0, 0, 0},
                             {3, end - 4096, 64, 0, 0, 0},
                             {end - 4096, end - 2048, end - 1024, end - 512, end - 256, end - 128},
                             {4, 1, 1, end - 4096, 64, end - 64}};
    for (unsigned b = 0; b < sizeof bases / sizeof *bases; b++)
        for (unsigned position = 0; position < 6; position++)
            for (unsigned i = 0; i < count; i++) {
                long v[6];
                memcpy(v, bases[b], sizeof v);
                v[position] = bad[i];
                memset(arena, 0, PAGE);
                call(number, v);
                look_for_addresses(number);
            }
}

static void fill_descriptors(void)
{
    int pair[2];
    close_range(3, ~0u, 0);
    syscall(SYS_openat, -100, "/tmp/file", 0102, 0600);
    syscall(SYS_openat, -100, "/dev/zero", 2, 0);
    syscall(SYS_pipe2, pair, 04000);
    syscall(SYS_socket, 1, 04001, 0);
    syscall(SYS_epoll_create1, 0);
    syscall(SYS_eventfd2, 1, 04000);
}

int main(void)
{
    static char alternate[65536], witness[PAGE];
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    struct sigaction fault = {.sa_handler = on_fault, .sa_flags = SA_ONSTACK | SA_NODEFER};
    struct sigaction alarm = {.sa_handler = on_alarm, .sa_flags = SA_ONSTACK};
    struct itimerval soon = {{0, 5000}, {0, 5000}};
    struct rlimit files = {FDS, FDS}, size = {1 << 20, 1 << 20};
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    arena = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(arena + PAGE, PAGE);
    memset(witness, 0x5a, PAGE);
    sigaltstack(&stack, NULL);
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &fault, NULL);
    sigaction(SIGALRM, &alarm, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_NOFILE, &files);
    setrlimit(RLIMIT_FSIZE, &size);
    setitimer(ITIMER_REAL, &soon, NULL);
    chdir("/tmp");
    for (long number = 0; number < NUMBERS; number++) {
        if (is_left_out(number))
            continue;
        fill_descriptors();
        try_number(number);
    }
    for (unsigned i = 0; i < PAGE; i++)
        if (witness[i] != 0x5a)
            return 4;
    printf("OK: %lu calls, %lu ended by the clock\n", calls, late);
    return 0;
}
