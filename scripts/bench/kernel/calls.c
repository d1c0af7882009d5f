/* The way into the kernel and back, clocks, signals. */
#include "bench.h"
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

MEASURE(get_pid, "getpid", 50000)
{
    begin();
    for (unsigned i = 0; i < n; i++)
        syscall(SYS_getpid);
    end();
}

MEASURE(read_zero, "read 1 byte of /dev/zero", 20000)
{
    int fd = open("/dev/zero", O_RDONLY);
    char byte;
    begin();
    for (unsigned i = 0; i < n; i++)
        CHECK(read(fd, &byte, 1) == 1);
    end();
    close(fd);
}

MEASURE(write_null, "write 1 byte to /dev/null", 20000)
{
    int fd = open("/dev/null", O_WRONLY);
    begin();
    for (unsigned i = 0; i < n; i++)
        CHECK(write(fd, "x", 1) == 1);
    end();
    close(fd);
}

MEASURE(clock_vdso, "clock_gettime by the vDSO", 50000)
{
    struct timespec t;
    begin();
    for (unsigned i = 0; i < n; i++)
        clock_gettime(CLOCK_MONOTONIC, &t);
    end();
}

MEASURE(clock_call, "clock_gettime by system call", 20000)
{
    struct timespec t;
    begin();
    for (unsigned i = 0; i < n; i++)
        syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
    end();
}

static volatile unsigned handled;
static char *guarded;

static void count_signal(int signal)
{
    handled++;
}

static void open_page(int signal, siginfo_t *info, void *context)
{
    handled++;
    mprotect(guarded, 4096, PROT_READ | PROT_WRITE);
}

static void handle(int signal, struct sigaction action, struct sigaction *old)
{
    handled = 0;
    CHECK(!sigaction(signal, &action, old));
}

MEASURE(send_signal, "signal to oneself and its handler", 5000)
{
    struct sigaction old;
    handle(SIGUSR1, (struct sigaction){.sa_handler = count_signal}, &old);
    pid_t pid = getpid(), tid = (pid_t)syscall(SYS_gettid);
    begin();
    for (unsigned i = 0; i < n; i++)
        syscall(SYS_tgkill, pid, tid, SIGUSR1);
    end();
    CHECK(handled == n);
    sigaction(SIGUSR1, &old, NULL);
}

MEASURE(catch_fault, "SIGSEGV, its handler, mprotect twice", 3000)
{
    struct sigaction old;
    guarded = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    handle(SIGSEGV, (struct sigaction){.sa_sigaction = open_page, .sa_flags = SA_SIGINFO}, &old);
    begin();
    for (unsigned i = 0; i < n; i++) {
        mprotect(guarded, 4096, PROT_NONE);
        *(volatile char *)guarded = 1;
    }
    end();
    CHECK(handled == n);
    sigaction(SIGSEGV, &old, NULL);
    munmap(guarded, 4096);
}
