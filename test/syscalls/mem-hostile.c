/* A bad address is EFAULT for every call, never more: unmapped, read-only, the kernel's, not canonical, wrapping
 * around. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define PAGE 4096ul

static int file, zero, pair[2], epoll;

/* Does the call fail with EFAULT for this address? */
#define FAULTS(...) CHECK(syscall(__VA_ARGS__) == -1 && errno == EFAULT)

static void reading_calls_refuse(uintptr_t p)
{
    struct iovec vec = {(void *)p, 8};
    struct msghdr message = {.msg_iov = &vec, .msg_iovlen = 1};
    FAULTS(SYS_write, pair[0], p, 8);
    FAULTS(SYS_pwrite64, file, p, 8, 0);
    FAULTS(SYS_writev, pair[0], &vec, 1);
    FAULTS(SYS_writev, pair[0], p, 1);
    FAULTS(SYS_sendmsg, pair[0], &message, 0);
    FAULTS(SYS_sendmsg, pair[0], p, 0);
    FAULTS(SYS_sendto, pair[0], p, 8, 0, NULL, 0);
    FAULTS(SYS_openat, AT_FDCWD, p, O_RDONLY, 0);
    FAULTS(SYS_mkdirat, AT_FDCWD, p, 0700);
    FAULTS(SYS_unlinkat, AT_FDCWD, p, 0);
    FAULTS(SYS_readlinkat, AT_FDCWD, p, &vec, 8);
    FAULTS(SYS_nanosleep, p, NULL);
    FAULTS(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, p, NULL);
    FAULTS(SYS_rt_sigaction, SIGUSR1, p, NULL, 8);
    FAULTS(SYS_rt_sigprocmask, SIG_BLOCK, p, NULL, 8);
    FAULTS(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, pair[0], p);
    FAULTS(SYS_poll, p, 1, 0);
    FAULTS(SYS_connect, pair[0], p, 16);
    FAULTS(SYS_sigaltstack, p, NULL);
}

static void writing_calls_refuse(uintptr_t p)
{
    struct iovec vec = {(void *)p, 8};
    FAULTS(SYS_read, zero, p, 8);
    FAULTS(SYS_pread64, file, p, 8, 0);
    FAULTS(SYS_readv, zero, &vec, 1);
    FAULTS(SYS_fstat, file, p);
    FAULTS(SYS_newfstatat, AT_FDCWD, "/tmp", p, 0);
    FAULTS(SYS_getrandom, p, 8, 0);
    FAULTS(SYS_clock_gettime, CLOCK_MONOTONIC, p);
    FAULTS(SYS_clock_getres, CLOCK_MONOTONIC, p);
    FAULTS(SYS_gettimeofday, p, NULL);
    FAULTS(SYS_pipe2, p, 0);
    FAULTS(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, p);
    FAULTS(SYS_uname, p);
    FAULTS(SYS_sysinfo, p);
    FAULTS(SYS_getcwd, p, 4096);
    FAULTS(SYS_getdents64, epoll + 1, p, 4096);
    FAULTS(SYS_rt_sigprocmask, SIG_BLOCK, NULL, p, 8);
    FAULTS(SYS_prlimit64, 0, 3, NULL, p);
    FAULTS(SYS_getrusage, 0, p);
    FAULTS(SYS_mincore, (uintptr_t)&file & ~(PAGE - 1), PAGE, p);
    FAULTS(SYS_sched_getaffinity, 0, 8, p);
}

/* What could be copied before the bad byte counts, as POSIX has it for writes to a pipe or a file. */
static void the_good_part_is_taken(char *end)
{
    char got[16] = {0};
    memcpy(end - 5, "hello", 5);
    CHECK(pwrite(file, end - 5, 10, 0) == 5 && pread(file, got, 16, 0) == 5 && !memcmp(got, "hello", 5));
    CHECK(read(zero, end - 3, 10) == 3 && !memcmp(end - 5, "he\0\0\0", 5));
    memcpy(end - 4, "/tmp", 4); /* the terminating NUL would be on the next page */
    CHECK(open(end - 4, O_RDONLY) == -1 && errno == EFAULT);
}

static void futexes_refuse(uintptr_t p)
{
    p &= ~3ul;
    FAULTS(SYS_futex, p, FUTEX_WAIT, 0, NULL, NULL, 0);
}

int main(void)
{
    char name[] = "/tmp/hostile-XXXXXX",
         *page = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED && !munmap(page + PAGE, PAGE) && !mprotect(page + 2 * PAGE, PAGE, PROT_NONE));
    file = mkstemp(name);
    zero = open("/dev/zero", O_RDWR);
    CHECK(file >= 0 && zero >= 0 && !unlink(name) && pwrite(file, "12345678", 8, 0) == 8);
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair) && (epoll = epoll_create1(0)) >= 0);
    CHECK(open("/", O_RDONLY | O_DIRECTORY) == epoll + 1);

    const uintptr_t list[] = {(uintptr_t)page + PAGE,
                              (uintptr_t)page + 2 * PAGE,
                              1,
                              0x7ffffffff000,
                              0x800000000000,
                              0x8000000000000000,
                              0xffff800000000000,
                              0xffff880000000000,
                              0xffffc00000000000,
                              0xffffffff80000000,
                              0xffffffffff600000,
                              UINTPTR_MAX - 7,
                              UINTPTR_MAX & ~4095ul};
    for (unsigned i = 0; i < sizeof list / sizeof *list; i++) {
        reading_calls_refuse(list[i]);
        writing_calls_refuse(list[i]);
        futexes_refuse(list[i]);
    }
    CHECK(!mprotect(page, PAGE, PROT_READ));
    writing_calls_refuse((uintptr_t)page);
    CHECK(!mprotect(page, PAGE, PROT_READ | PROT_WRITE));
    CHECK(!ftruncate(file, 0));
    the_good_part_is_taken(page + PAGE);
    puts("OK");
    return 0;
}
