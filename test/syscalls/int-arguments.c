/* Arguments that Linux declares as int are their low 32 bits, whatever stands above them in the register: C libraries
 * pass -1 as 0xffffffff. Offsets and lengths have 64. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
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
#define FAR (5l << 30)

static long above; /* what stands above an int */

static long as(int value)
{
    return above | (uint32_t)value;
}

static void processes_and_threads(void)
{
    int pid = getpid();
    CHECK(syscall(SYS_kill, as(pid), as(0)) == 0);
    CHECK(syscall(SYS_tgkill, as(pid), as(gettid()), as(0)) == 0);
    CHECK(syscall(SYS_tgkill, as(-1), as(gettid()), as(0)) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_getpgid, as(0)) == getpgrp());
    CHECK(syscall(SYS_getpgid, as(-1)) == -1 && errno == ESRCH);
    CHECK(syscall(SYS_sched_getscheduler, as(0)) == SCHED_OTHER);
    CHECK(syscall(SYS_sched_getscheduler, as(-1)) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_getpriority, as(PRIO_PROCESS), as(0)) == 20 - getpriority(PRIO_PROCESS, 0));
}

static void times(void)
{
    struct timespec ts;
    struct itimerval it;
    struct rusage usage;
    clockid_t mine;
    CHECK(clock_getcpuclockid(0, &mine) == 0 && mine < 0);
    CHECK(syscall(SYS_clock_gettime, as(CLOCK_MONOTONIC), &ts) == 0);
    CHECK(syscall(SYS_clock_gettime, as(mine), &ts) == 0);
    CHECK(syscall(SYS_getitimer, as(ITIMER_REAL), &it) == 0);
    CHECK(syscall(SYS_getrusage, as(RUSAGE_CHILDREN), &usage) == 0);
}

static void memory(void)
{
    void *p = (void *)syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, as(-1), 0);
    CHECK(p != MAP_FAILED);
    CHECK(syscall(SYS_madvise, p, 4096, as(MADV_DONTNEED)) == 0);
}

static void sockets(void)
{
    int fds[2], one = 1;
    CHECK(syscall(SYS_socketpair, as(AF_UNIX), as(SOCK_STREAM), as(0), fds) == 0);
    CHECK(syscall(SYS_setsockopt, as(fds[0]), as(SOL_SOCKET), as(SO_KEEPALIVE), &one, sizeof one) == 0);
    CHECK(write(fds[1], "x", 1) == 1);
    struct pollfd p = {fds[0], POLLIN, 0};
    CHECK(syscall(SYS_poll, &p, 1, as(-1)) == 1);
    CHECK(syscall(SYS_shutdown, as(fds[0]), as(SHUT_RDWR)) == 0);
    CHECK(close(fds[0]) == 0 && close(fds[1]) == 0);
}

static void offsets(void)
{
    char name[] = "/tmp/int-arguments.XXXXXX", byte = 0;
    int fd = mkstemp(name);
    struct iovec v = {&byte, 1};
    CHECK(fd >= 0);
    CHECK(syscall(SYS_ftruncate, as(fd), FAR) == 0);
    CHECK(syscall(SYS_truncate, name, FAR + 1) == 0);
    CHECK(syscall(SYS_lseek, as(fd), -1l, as(SEEK_END)) == FAR);
    CHECK(syscall(SYS_pwrite64, as(fd), "a", 1l, FAR) == 1);
    CHECK(syscall(SYS_pread64, as(fd), &byte, 1l, FAR) == 1 && byte == 'a');
    CHECK(syscall(SYS_pwritev, as(fd), &v, 1l, FAR + 8, 0l) == 1);
    CHECK(syscall(SYS_preadv, as(fd), &v, 1l, FAR + 8, 0l) == 1);
    CHECK(syscall(SYS_fallocate, as(fd), 0l, FAR + 4096, 1l) == 0 && lseek(fd, 0, SEEK_END) == FAR + 4097);
    CHECK(syscall(SYS_pread64, as(fd), &byte, 1l, -1l) == -1 && errno == EINVAL);
    CHECK(unlink(name) == 0 && close(fd) == 0);
}

int main(void)
{
    static const long junk[] = {0, 0x7eadbeefl << 32};
    for (int i = 0; i < 2; i++) {
        above = junk[i];
        processes_and_threads();
        times();
        memory();
        sockets();
        offsets();
    }
    puts("OK");
    return 0;
}
