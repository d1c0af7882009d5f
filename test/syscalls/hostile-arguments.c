/* Every pointer of every system call, one after the other: in the kernel's half, in the hole, where nothing is mapped,
 * protected, ending one byte too late. Each time it is EFAULT and nothing else; an object that ends with the last byte
 * of a page is taken. Lengths that overflow give no more than there is. */
#include "mem.h"
#include <limits.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

/* Descriptors that open_files makes, in this order. */
enum { FILE_FD = 3, OTHER_FD, FOLDER, ZERO_FD, PIPE_R, PIPE_W, STREAM, STREAM_PEER, DGRAM, DGRAM_PEER, UDP, EPOLL };
enum { EVENT = EPOLL + 1, TIMER, INOTIFY, FIRST_FREE };

/* How an argument is made, and what may be expected of it. */
enum kind {
    VALUE,
    IN,      /* `size` bytes at `value` are read */
    OUT,     /* `size` bytes are written */
    IN_PART, /* …of which those count that come before the bad one */
    OUT_PART,
    LENGTH, /* of the pointer before it */
};
struct arg {
    long value;
    unsigned size;
    enum kind kind;
};
struct row {
    const char *name;
    int number;
    bool only_bad; /* would not return, or change something, with good pointers */
    struct arg args[6];
};
#define V(v)                                                                                                           \
    {                                                                                                                  \
        (long)(v), 0, VALUE                                                                                            \
    }
#define I(p, n)                                                                                                        \
    {                                                                                                                  \
        (long)(p), n, IN                                                                                               \
    }
#define S(text)                                                                                                        \
    {                                                                                                                  \
        (long)(text), sizeof(text), IN                                                                                 \
    }
#define O(n)                                                                                                           \
    {                                                                                                                  \
        0, n, OUT                                                                                                      \
    }
#define IO(p, n)                                                                                                       \
    {                                                                                                                  \
        (long)(p), n, IN                                                                                               \
    }
#define IP(p, n)                                                                                                       \
    {                                                                                                                  \
        (long)(p), n, IN_PART                                                                                          \
    }
#define OP(n)                                                                                                          \
    {                                                                                                                  \
        0, n, OUT_PART                                                                                                 \
    }
#define L(v)                                                                                                           \
    {                                                                                                                  \
        (long)(v), 0, LENGTH                                                                                           \
    }
#define CALL(name, ...)                                                                                                \
    {                                                                                                                  \
#name, SYS_##name, false,                                                                                      \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define BAD_ONLY(name, ...)                                                                                            \
    {                                                                                                                  \
#name, SYS_##name, true,                                                                                       \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }

static char zeros[512], page[PAGE] __attribute__((aligned(PAGE)));
static char *good; /* two pages, then one that is not there, then one that may not be touched, then a read-only one */
static struct iovec vector = {zeros, 8};
static struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
static struct mmsghdr messages = {.msg_hdr = {.msg_iov = &vector, .msg_iovlen = 1}};
static struct pollfd polled = {PIPE_R, POLLIN, 0};
static struct epoll_event event = {.events = EPOLLIN};
static struct sockaddr_un nobody = {AF_UNIX, "nobody"};
static struct open_how how;
static struct flock lock = {.l_type = F_RDLCK};
static struct timespec soon = {0, 1};
static struct sigevent no_event = {.sigev_notify = SIGEV_NONE};
static socklen_t length_16 = 16, length_4 = 4;
static long offset, one = 1;
static uint32_t capabilities[2] = {0x20080522, 0};
static struct sched_param priority;
static struct rlimit cores = {0, RLIM_INFINITY};

#define PEEK (MSG_PEEK | MSG_DONTWAIT)
static const struct row rows[] = {
    CALL(read, V(ZERO_FD), OP(64), L(64)),
    CALL(write, V(EVENT), I(&one, 8), V(8)),
    CALL(pread64, V(FILE_FD), OP(8), L(8), V(0)),
    CALL(pwrite64, V(FILE_FD), IP(zeros, 8), L(8), V(0)),
    CALL(readv, V(ZERO_FD), I(&vector, 16), V(1)),
    CALL(writev, V(STREAM), I(&vector, 16), V(1)),
    CALL(preadv, V(FILE_FD), I(&vector, 16), V(1), V(0), V(0)),
    CALL(pwritev, V(FILE_FD), I(&vector, 16), V(1), V(0), V(0)),
    CALL(preadv2, V(FILE_FD), I(&vector, 16), V(1), V(0), V(0), V(0)),
    CALL(pwritev2, V(FILE_FD), I(&vector, 16), V(1), V(0), V(0), V(0)),
    CALL(open, S("file"), V(O_RDONLY)),
    CALL(openat, V(AT_FDCWD), S("file"), V(O_RDONLY)),
    CALL(openat2, V(AT_FDCWD), S("file"), I(&how, sizeof how), V(sizeof how)),
    CALL(creat, S("other"), V(0600)),
    CALL(stat, S("file"), O(144)),
    CALL(lstat, S("file"), O(144)),
    CALL(fstat, V(FILE_FD), O(144)),
    CALL(newfstatat, V(AT_FDCWD), S("file"), O(144), V(0)),
    CALL(statx, V(AT_FDCWD), S("file"), V(0), V(0x7ff), O(256)),
    CALL(statfs, S("file"), O(120)),
    CALL(fstatfs, V(FILE_FD), O(120)),
    CALL(access, S("file"), V(0)),
    CALL(faccessat, V(AT_FDCWD), S("file"), V(0)),
    CALL(faccessat2, V(AT_FDCWD), S("file"), V(0), V(0)),
    CALL(readlink, S("link"), O(4), V(4)),
    CALL(readlinkat, V(AT_FDCWD), S("link"), O(4), V(4)),
    CALL(mkdir, S("file"), V(0700)),
    CALL(mkdirat, V(AT_FDCWD), S("file"), V(0700)),
    CALL(mknod, S("file"), V(S_IFREG), V(0)),
    CALL(mknodat, V(AT_FDCWD), S("file"), V(S_IFREG), V(0)),
    CALL(rmdir, S("file")),
    CALL(unlink, S("absent")),
    CALL(unlinkat, V(AT_FDCWD), S("absent"), V(0)),
    CALL(rename, S("absent"), S("away")),
    CALL(renameat, V(AT_FDCWD), S("absent"), V(AT_FDCWD), S("away")),
    CALL(renameat2, V(AT_FDCWD), S("absent"), V(AT_FDCWD), S("away"), V(0)),
    CALL(link, S("file"), S("other")),
    CALL(linkat, V(AT_FDCWD), S("file"), V(AT_FDCWD), S("other"), V(0)),
    CALL(symlink, S("text"), S("file")),
    CALL(symlinkat, S("text"), V(AT_FDCWD), S("file")),
    CALL(chmod, S("file"), V(0600)),
    CALL(fchmodat, V(AT_FDCWD), S("file"), V(0600)),
    CALL(chown, S("file"), V(-1), V(-1)),
    CALL(lchown, S("file"), V(-1), V(-1)),
    CALL(fchownat, V(AT_FDCWD), S("file"), V(-1), V(-1), V(0)),
    CALL(truncate, S("file"), V(64)),
    CALL(utime, S("file"), I(zeros, 16)),
    CALL(utimes, S("file"), I(zeros, 32)),
    CALL(futimesat, V(AT_FDCWD), S("file"), I(zeros, 32)),
    CALL(utimensat, V(AT_FDCWD), S("file"), I(zeros, 32), V(0)),
    CALL(chdir, S(".")),
    CALL(getcwd, O(27), V(4096)),
    CALL(getdents, V(FOLDER), OP(512), V(512)),
    CALL(getdents64, V(FOLDER), OP(512), V(512)),
    CALL(fcntl, V(FILE_FD), V(F_GETLK), IO(&lock, 32)),
    CALL(fcntl, V(FILE_FD), V(F_SETLK), I(&lock, 32)),
    CALL(ioctl, V(PIPE_R), V(0x541b), O(4)), /* FIONREAD */
    CALL(ioctl, V(STREAM), V(0x5421), I(&one, 4)),
    CALL(pipe, O(8)),
    CALL(pipe2, O(8), V(0)),
    CALL(socketpair, V(AF_UNIX), V(SOCK_STREAM), V(0), O(8)),
    CALL(poll, IO(&polled, 8), V(1), V(0)),
    CALL(ppoll, IO(&polled, 8), V(1), I(zeros, 16), I(zeros, 8), V(8)),
    CALL(select, V(5), IO(zeros, 8), IO(zeros, 8), IO(zeros, 8), IO(zeros, 16)),
    CALL(pselect6, V(5), IO(zeros, 8), IO(zeros, 8), IO(zeros, 8), IO(zeros, 16), I(zeros, 16)),
    CALL(epoll_ctl, V(EPOLL), V(EPOLL_CTL_ADD), V(PIPE_R), I(&event, 12)),
    CALL(epoll_wait, V(EPOLL), O(12), V(1), V(0)),
    CALL(epoll_pwait, V(EPOLL), O(12), V(1), V(0), I(zeros, 8), V(8)),
    CALL(epoll_pwait2, V(EPOLL), O(12), V(1), I(zeros, 16), I(zeros, 8), V(8)),
    CALL(nanosleep, I(&soon, 16), V(0)),
    CALL(clock_nanosleep, V(CLOCK_MONOTONIC), V(0), I(&soon, 16), V(0)),
    CALL(clock_gettime, V(CLOCK_MONOTONIC), O(16)),
    CALL(clock_getres, V(CLOCK_MONOTONIC), O(16)),
    CALL(gettimeofday, O(16), O(8)),
    CALL(time, O(8)),
    CALL(times, O(32)),
    CALL(getitimer, V(0), O(32)),
    CALL(setitimer, V(0), I(zeros, 32), O(32)),
    CALL(timer_create, V(CLOCK_MONOTONIC), I(&no_event, 64), O(4)),
    CALL(timer_settime, V(0), V(0), I(zeros, 32), O(32)),
    CALL(timer_gettime, V(0), O(32)),
    CALL(timerfd_settime, V(TIMER), V(0), I(zeros, 32), O(32)),
    CALL(timerfd_gettime, V(TIMER), O(32)),
    CALL(rt_sigaction, V(SIGUSR1), I(zeros, 32), O(32), V(8)),
    CALL(rt_sigprocmask, V(SIG_BLOCK), I(zeros, 8), O(8), V(8)),
    CALL(rt_sigpending, O(8), V(8)),
    CALL(rt_sigtimedwait, I(zeros, 8), V(0), I(zeros, 16), V(8)),
    BAD_ONLY(rt_sigsuspend, I(zeros, 8), V(8)),
    BAD_ONLY(rt_sigqueueinfo, V(1), V(SIGUSR1), I(zeros, 48)),
    CALL(sigaltstack, V(0), O(24)),
    BAD_ONLY(sigaltstack, I(zeros, 24), V(0)),
    CALL(getrlimit, V(RLIMIT_CORE), O(16)),
    CALL(prlimit64, V(0), V(RLIMIT_CORE), I(&cores, 16), O(16)),
    CALL(setrlimit, V(RLIMIT_CORE), I(&cores, 16)),
    CALL(getrusage, V(0), O(144)),
    CALL(sysinfo, O(112)),
    CALL(uname, O(390)),
    CALL(getresuid, O(4), O(4), O(4)),
    CALL(getresgid, O(4), O(4), O(4)),
    CALL(capget, I(capabilities, 8), O(24)),
    CALL(prctl, V(PR_GET_NAME), O(16)),
    CALL(prctl, V(PR_SET_NAME), S("name")),
    CALL(arch_prctl, V(0x1003), O(8)), /* ARCH_GET_FS */
    CALL(sched_getaffinity, V(0), V(8), O(8)),
    CALL(sched_setaffinity, V(0), V(8), I(&one, 8)),
    CALL(sched_getparam, V(0), O(4)),
    CALL(sched_setparam, V(0), I(&priority, 4)),
    CALL(sched_setscheduler, V(0), V(SCHED_OTHER), I(&priority, 4)),
    CALL(sched_rr_get_interval, V(0), O(16)),
    CALL(getrandom, OP(64), L(64), V(0)),
    CALL(getcpu, O(4), O(4), V(0)),
    CALL(get_robust_list, V(0), O(8), O(8)),
    CALL(mincore, V(page), V(1), O(1)),
    CALL(memfd_create, S("name"), V(0)),
    CALL(sendfile, V(STREAM), V(FILE_FD), IO(&offset, 8), V(4)),
    CALL(copy_file_range, V(FILE_FD), IO(&offset, 8), V(OTHER_FD), IO(&offset, 8), V(4), V(0)),
    CALL(splice, V(FILE_FD), IO(&offset, 8), V(PIPE_W), V(0), V(4), V(0)),
    CALL(inotify_add_watch, V(INOTIFY), S("file"), V(IN_MODIFY)),
    CALL(sendto, V(STREAM), IP(zeros, 8), L(8), V(MSG_DONTWAIT), V(0), V(0)),
    CALL(sendto, V(DGRAM), I(zeros, 8), V(8), V(MSG_DONTWAIT), V(0), V(0)),
    CALL(recvfrom, V(DGRAM_PEER), O(8), L(8), V(PEEK), V(0), V(0)),
    CALL(recvmsg, V(DGRAM_PEER), I(&message, sizeof message), V(PEEK)),
    CALL(sendmsg, V(STREAM), I(&message, sizeof message), V(MSG_DONTWAIT)),
    CALL(sendmmsg, V(STREAM), I(&messages, 60), V(1), V(MSG_DONTWAIT)),
    CALL(recvmmsg, V(DGRAM_PEER), I(&messages, 60), V(1), V(PEEK), V(0)),
    CALL(connect, V(DGRAM), I(&nobody, 9), V(9)),
    CALL(bind, V(UDP), I(zeros, 16), V(16)),
    CALL(getsockname, V(UDP), O(16), IO(&length_16, 4)),
    CALL(setsockopt, V(UDP), V(SOL_SOCKET), V(SO_KEEPALIVE), I(&one, 4), V(4)),
    CALL(getsockopt, V(UDP), V(SOL_SOCKET), V(SO_TYPE), O(4), IO(&length_4, 4)),
    CALL(signalfd4, V(-1), I(zeros, 8), V(8), V(0)),
    BAD_ONLY(clone3, I(zeros, 88), V(88)),
};

static const uintptr_t elsewhere[] = {1,
                                      0xfff,
                                      0x7ffffffff000,
                                      0x7fffffffffff,
                                      0x800000000000,
                                      0x8000000000000000,
                                      0xffff7fffffffffff,
                                      0xffff800000000000,
                                      0xffff888000000000,
                                      0xffffc00000000000,
                                      0xffffffff80000000,
                                      0xffffffffff600000,
                                      UINTPTR_MAX - 7,
                                      UINTPTR_MAX};
static const long overflows[] = {
    LONG_MIN, LONG_MAX,   -1,         -2,         -4096,      -4097,       1l << 62,       1l << 47,
    1l << 48, 0x7ffff000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7ffffffff000, -0x7ffffffff000};

static long call(const struct row *r, const long *v)
{
    lseek(FOLDER, 0, SEEK_SET);
    lseek(FILE_FD, 0, SEEK_SET);
    offset = 0;
    errno = 0;
    return syscall(r->number, v[0], v[1], v[2], v[3], v[4], v[5]);
}

static bool is_pointer(const struct arg *a)
{
    return a->kind != VALUE && a->kind != LENGTH;
}

/* Every pointer leads to an object in the first page, that of argument `last` to one that ends with the second. */
static void make_arguments(const struct row *r, long *v, unsigned last)
{
    char *end = good + PAGE;
    for (unsigned i = 0; i < 6; i++) {
        const struct arg *a = &r->args[i];
        v[i] = a->value;
        if (!is_pointer(a))
            continue;
        char *at = (i == last ? good + 2 * PAGE : end) - a->size;
        end -= 512;
        v[i] = (long)at;
        memset(at, 0, a->size);
        if (a->value)
            memcpy(at, (const void *)a->value, a->size);
    }
}

static void expect_fault(const struct row *r, const long *v, unsigned i, const char *what)
{
    long result = call(r, v);
    if (result != -1 || errno != EFAULT)
        printf("%s, argument %u, %s (%#lx): result %ld, error %d\n", r->name, i, what, v[i], result, errno);
    CHECK(result == -1 && errno == EFAULT);
}

static void refuse_bad_pointers(const struct row *r, unsigned i)
{
    const struct arg *a = &r->args[i];
    char *end = good + 2 * PAGE;
    long v[6];
    for (unsigned n = 0; n < sizeof elsewhere / sizeof *elsewhere; n++) {
        make_arguments(r, v, i);
        v[i] = (long)elsewhere[n];
        expect_fault(r, v, i, "elsewhere");
    }
    make_arguments(r, v, i);
    if (!r->only_bad && call(r, v) == -1 && errno == EFAULT) {
        printf("%s, argument %u: EFAULT of what is there\n", r->name, i);
        exit(100);
    }
    close_range(FIRST_FREE, ~0u, 0);
    make_arguments(r, v, i);
    v[i] = (long)end;
    expect_fault(r, v, i, "not mapped");
    v[i] = (long)end + PAGE;
    expect_fault(r, v, i, "protected");
    v[i] = (long)end + 2 * PAGE;
    if (a->kind == OUT || a->kind == OUT_PART)
        expect_fault(r, v, i, "read-only");
    v[i] = (long)end - a->size + 1;
    memcpy((char *)v[i], a->value ? (const void *)a->value : zeros, a->size - 1);
    if (a->size > 1 && (a->kind == IN || a->kind == OUT))
        expect_fault(r, v, i, "last byte");
}

static void bound_lengths(const struct row *r, unsigned i)
{
    long v[6], room = r->args[i - 1].size;
    for (unsigned n = 0; n < sizeof overflows / sizeof *overflows; n++) {
        make_arguments(r, v, i - 1);
        v[i] = overflows[n];
        long result = call(r, v);
        if (result > room)
            printf("%s of %#lx bytes: %ld, where there is room for %ld\n", r->name, overflows[n], result, room);
        CHECK(result <= room && (result >= 0 || result == -1));
    }
}

static void check_row(const struct row *r)
{
    for (unsigned i = 0; i < 6; i++) {
        if (is_pointer(&r->args[i]))
            refuse_bad_pointers(r, i);
        if (r->args[i].kind == LENGTH)
            bound_lengths(r, i);
    }
    close_range(FIRST_FREE, ~0u, 0);
}

static void open_files(void)
{
    int fds[2];
    close_range(FILE_FD, ~0u, 0);
    CHECK(open("file", O_RDWR | O_CREAT, 0600) == FILE_FD && open("other", O_RDWR | O_CREAT, 0600) == OTHER_FD);
    CHECK(pwrite(FILE_FD, zeros, 64, 0) == 64 && !symlink("text", "link"));
    CHECK(open(".", O_RDONLY | O_DIRECTORY) == FOLDER && open("/dev/zero", O_RDWR) == ZERO_FD);
    CHECK(!pipe2(fds, O_NONBLOCK) && fds[1] == PIPE_W);
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) && fds[1] == STREAM_PEER);
    CHECK(!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds) && fds[1] == DGRAM_PEER);
    CHECK(send(DGRAM, zeros, 8, 0) == 8 && socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0) == UDP);
    CHECK(epoll_create1(0) == EPOLL && eventfd(1, EFD_NONBLOCK) == EVENT);
    CHECK(!epoll_ctl(EPOLL, EPOLL_CTL_ADD, EVENT, &event));
    CHECK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK) == TIMER && inotify_init1(IN_NONBLOCK) == INOTIFY);
}

/* Where a structure leads on. */
static void refuse_nested_pointers(uintptr_t at)
{
    struct iovec bad = {(void *)at, 8}, list[2] = {{zeros, 8}, bad};
    struct msghdr data = {.msg_iov = &bad, .msg_iovlen = 1}, many = {.msg_iov = &list[1], .msg_iovlen = 1};
    struct msghdr vectors = {.msg_iov = (void *)at, .msg_iovlen = 1};
    struct msghdr name = {.msg_iov = &vector, .msg_iovlen = 1, .msg_name = (void *)at, .msg_namelen = 16};
    struct msghdr control = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = (void *)at, .msg_controllen = 64};
    struct mmsghdr batch = {.msg_hdr = data};
    struct {
        const void *set;
        size_t size;
    } mask = {(void *)at, 8};
    FAILS(syscall(SYS_readv, ZERO_FD, &bad, 1), EFAULT);
    FAILS(syscall(SYS_preadv, FILE_FD, &bad, 1, 0, 0), EFAULT);
    FAILS(syscall(SYS_pwritev, FILE_FD, &bad, 1, 0, 0), EFAULT);
    FAILS(syscall(SYS_writev, STREAM, &bad, 1), EFAULT);
    FAILS(syscall(SYS_sendmsg, STREAM, &data, MSG_DONTWAIT), EFAULT);
    FAILS(syscall(SYS_sendmsg, STREAM, &many, MSG_DONTWAIT), EFAULT);
    FAILS(syscall(SYS_sendmsg, STREAM, &vectors, MSG_DONTWAIT), EFAULT);
    FAILS(syscall(SYS_sendmsg, UDP, &name, MSG_DONTWAIT), EFAULT);
    FAILS(syscall(SYS_sendmsg, STREAM, &control, MSG_DONTWAIT), EFAULT);
    FAILS(syscall(SYS_sendmmsg, STREAM, &batch, 1, MSG_DONTWAIT), EFAULT);
    FAILS(syscall(SYS_recvmsg, DGRAM_PEER, &data, PEEK), EFAULT);
    FAILS(syscall(SYS_recvmsg, DGRAM_PEER, &vectors, PEEK), EFAULT);
    FAILS(syscall(SYS_recvmmsg, DGRAM_PEER, &batch, 1, PEEK, NULL), EFAULT);
    FAILS(syscall(SYS_pselect6, 0, NULL, NULL, NULL, NULL, &mask), EFAULT);
    FAILS(syscall(SYS_futex, at & ~3ul, FUTEX_WAIT, 1, NULL, NULL, 0), EFAULT);
    FAILS(syscall(SYS_futex, at & ~3ul, FUTEX_WAIT_BITSET, 1, NULL, NULL, 1), EFAULT);
    FAILS(syscall(SYS_futex, at & ~3ul, FUTEX_CMP_REQUEUE, 1, 1, zeros, 0), EFAULT);
}

/* Counts of vectors, messages, descriptors, bytes that are more than there can be. */
static void refuse_counts(void)
{
    struct iovec half = {zeros, SIZE_MAX / 2 + 1};
    char *last = memcpy(good + 2 * PAGE - 8, &polled, 8);
    for (unsigned i = 0; i < sizeof overflows / sizeof *overflows; i++) {
        long n = overflows[i];
        CHECK(syscall(SYS_readv, ZERO_FD, &vector, n) == -1 || !(int)n);
        CHECK(syscall(SYS_writev, STREAM, &vector, n) == -1 || !(int)n);
        CHECK(syscall(SYS_poll, last, n, 0) == -1 || !(unsigned)n);
        CHECK(syscall(SYS_getgroups, n, good) <= 32);
        CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, zeros, NULL, n) == -1);
        CHECK(syscall(SYS_rt_sigaction, SIGUSR1, NULL, good, n) == -1);
        bool beyond = (unsigned long)n >= 1ul << 47; /* less than that would hit other mappings */
        CHECK(!beyond || syscall(SYS_munmap, good, n) == -1);
        CHECK(!beyond || syscall(SYS_mprotect, good, n, PROT_READ) == -1);
        CHECK(!beyond || syscall(SYS_mincore, good, n, zeros) == -1);
        CHECK(syscall(SYS_mmap, NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) > 0 ||
              errno == ENOMEM || errno == EINVAL || errno == EOVERFLOW);
        CHECK(syscall(SYS_mremap, good, PAGE, n, 0) == -1);
        CHECK(syscall(SYS_setsockopt, UDP, SOL_SOCKET, SO_KEEPALIVE, last, n) <= 0);
        CHECK(syscall(SYS_sched_setaffinity, 0, n, last) <= 0);
    }
    FAILS(readv(ZERO_FD, &half, 1), EINVAL);
}

int main(void)
{
    static char folder[] = "/tmp/unik-arguments-XXXXXX";
    static const char *const names[] = {"file", "other", "link"};
    good = anonymous(5 * PAGE, PROT_READ | PROT_WRITE);
    CHECK(!munmap(good + 2 * PAGE, PAGE) && !mprotect(good + 3 * PAGE, PAGE, PROT_NONE));
    CHECK(!mprotect(good + 4 * PAGE, PAGE, PROT_READ));
    CHECK(mkdtemp(folder) && !chdir(folder));
    signal(SIGPIPE, SIG_IGN);
    alarm(60);
    timer_t timer;
    CHECK(!timer_create(CLOCK_MONOTONIC, &no_event, &timer));
    open_files();
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
    for (unsigned i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        refuse_nested_pointers(elsewhere[i]);
    refuse_nested_pointers((uintptr_t)good + 2 * PAGE);
    refuse_nested_pointers((uintptr_t)good + 3 * PAGE);
    refuse_counts();
    for (unsigned i = 0; i < 3; i++)
        unlink(names[i]);
    rmdir(folder);
    puts("OK");
    return 0;
}
