/* System calls with arguments that nobody would pass: each returns, with whatever it likes, and the program goes on.
 * The sequence is always the same. Left out is what may end the program, take its stack or code away, block for ever or
 * change anything outside of its own folder, since it may run as root: names that are created, changed or removed are
 * fixed and relative, sockets are AF_UNIX. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { ROUNDS = 200000, ARENA = 1 << 16, ANSWER_FD = 60 };
#define PAGE 4096ul

/* Which kind of value each argument gets. */
enum kind { NONE, FD, PTR, LEN, NUM, FLAG, POS, PATH, NAME, ADDR, ZERO };
struct call {
    short number;
    uint8_t args[6];
};

static const struct call calls[] = {
    {SYS_read, {FD, PTR, LEN}},
    {SYS_write, {FD, PTR, LEN}},
    {SYS_pread64, {FD, PTR, LEN, POS}},
    {SYS_pwrite64, {FD, PTR, LEN, POS}},
    {SYS_readv, {FD, PTR, LEN}},
    {SYS_writev, {FD, PTR, LEN}},
    {SYS_preadv2, {FD, PTR, LEN, POS, NUM, FLAG}},
    {SYS_pwritev2, {FD, PTR, LEN, POS, NUM, FLAG}},
    {SYS_lseek, {FD, POS, FLAG}},
    {SYS_fstat, {FD, PTR}},
    {SYS_stat, {PATH, PTR}},
    {SYS_newfstatat, {FD, PATH, PTR, FLAG}},
    {SYS_statx, {FD, PATH, FLAG, FLAG, PTR}},
    {SYS_statfs, {PATH, PTR}},
    {SYS_getdents, {FD, PTR, LEN}},
    {SYS_getdents64, {FD, PTR, LEN}},
    {SYS_getcwd, {PTR, LEN}},
    {SYS_access, {PATH, FLAG}},
    {SYS_readlink, {PATH, PTR, LEN}},
    {SYS_mkdirat, {FD, NAME, FLAG}},
    {SYS_symlink, {NAME, NAME}},
    {SYS_link, {NAME, NAME}},
    {SYS_renameat2, {FD, NAME, FD, NAME, FLAG}},
    {SYS_unlinkat, {FD, NAME, FLAG}},
    {SYS_truncate, {NAME, LEN}},
    {SYS_ftruncate, {FD, LEN}},
    {SYS_utimensat, {FD, NAME, PTR, FLAG}},
    {SYS_fsync, {FD}},
    {SYS_fadvise64, {FD, POS, LEN, FLAG}},
    {SYS_copy_file_range, {FD, PTR, FD, PTR, LEN, FLAG}},
    {SYS_sendfile, {FD, FD, PTR, LEN}},
    {SYS_dup, {FD}},
    {SYS_close, {NUM}},
    {SYS_close_range, {NUM, ZERO, NUM}},
    {SYS_pipe2, {PTR, FLAG}},
    {SYS_eventfd2, {NUM, FLAG}},
    {SYS_inotify_add_watch, {FD, PATH, FLAG}},
    {SYS_inotify_rm_watch, {FD, NUM}},
    {SYS_memfd_create, {PTR, FLAG}},
    {SYS_timerfd_create, {FLAG, FLAG}},
    {SYS_timerfd_settime, {FD, FLAG, PTR, PTR}},
    {SYS_timerfd_gettime, {FD, PTR}},
    {SYS_epoll_create1, {FLAG}},
    {SYS_epoll_ctl, {FD, FLAG, FD, PTR}},
    {SYS_epoll_wait, {FD, PTR, NUM, ZERO}},
    {SYS_epoll_pwait, {FD, PTR, NUM, ZERO, ZERO, LEN}},
    {SYS_poll, {PTR, LEN, ZERO}},
    {SYS_fcntl, {FD, FLAG, NUM}},
    {SYS_ioctl, {FD, NUM, PTR}},
    {SYS_flock, {FD, FLAG}},
    {SYS_socket, {FLAG, FLAG, FLAG}},
    {SYS_socketpair, {FLAG, FLAG, FLAG, PTR}},
    {SYS_bind, {FD, ZERO, LEN}},
    {SYS_listen, {FD, NUM}},
    {SYS_getsockname, {FD, PTR, PTR}},
    {SYS_getpeername, {FD, PTR, PTR}},
    {SYS_setsockopt, {FD, FLAG, FLAG, PTR, LEN}},
    {SYS_getsockopt, {FD, FLAG, FLAG, PTR, PTR}},
    {SYS_shutdown, {FD, FLAG}},
    {SYS_sendto, {FD, PTR, LEN, FLAG, PTR, LEN}},
    {SYS_recvfrom, {FD, PTR, LEN, FLAG, PTR, PTR}},
    {SYS_sendmsg, {FD, PTR, FLAG}},
    {SYS_recvmsg, {FD, PTR, FLAG}},
    {SYS_sendmmsg, {FD, PTR, LEN, FLAG}},
    {SYS_recvmmsg, {FD, PTR, LEN, FLAG, PTR}},
    {SYS_mmap, {ZERO, LEN, FLAG, FLAG, FD, POS}},
    {SYS_munmap, {ADDR, LEN}},
    {SYS_mprotect, {ADDR, LEN, FLAG}},
    {SYS_mremap, {ADDR, LEN, LEN, FLAG, ADDR}},
    {SYS_madvise, {ADDR, LEN, FLAG}},
    {SYS_mincore, {ADDR, LEN, PTR}},
    {SYS_msync, {ADDR, LEN, FLAG}},
    {SYS_futex, {PTR, FLAG, NUM, ZERO, PTR, NUM}},
    {SYS_clock_gettime, {NUM, PTR}},
    {SYS_clock_getres, {NUM, PTR}},
    {SYS_gettimeofday, {PTR, PTR}},
    {SYS_times, {PTR}},
    {SYS_getrusage, {NUM, PTR}},
    {SYS_getitimer, {FLAG, PTR}},
    {SYS_timer_create, {FLAG, PTR, PTR}},
    {SYS_timer_gettime, {NUM, PTR}},
    {SYS_timer_delete, {NUM}},
    {SYS_timer_getoverrun, {NUM}},
    {SYS_rt_sigprocmask, {FLAG, ZERO, PTR, LEN}},
    {SYS_rt_sigaction, {FLAG, ZERO, PTR, LEN}},
    {SYS_rt_sigpending, {PTR, LEN}},
    {SYS_sigaltstack, {ZERO, PTR}},
    {SYS_uname, {PTR}},
    {SYS_sysinfo, {PTR}},
    {SYS_getrandom, {PTR, LEN, FLAG}},
    {SYS_getcpu, {PTR, PTR, PTR}},
    {SYS_prlimit64, {ZERO, FLAG, ZERO, PTR}},
    {SYS_sched_getaffinity, {NUM, LEN, PTR}},
    {SYS_sched_getparam, {NUM, PTR}},
    {SYS_sched_rr_get_interval, {NUM, PTR}},
    {SYS_getpriority, {NUM, NUM}},
    {SYS_get_robust_list, {NUM, PTR, PTR}},
    {SYS_splice, {FD, PTR, FD, PTR, LEN, FLAG}},
    {SYS_getxattr, {PATH, PTR, PTR, LEN}},
    {SYS_capget, {PTR, PTR}},
    {SYS_getgroups, {NUM, PTR}},
};

static uint64_t state = 0x9e3779b97f4a7c15;
static uint8_t *arena, *maps;

/* xorshift64: Marsaglia 2003. */
static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static uint64_t one_of(const uint64_t *list, unsigned count)
{
    return list[next() % count];
}
#define ONE_OF(...) one_of((const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / 8)

static uint64_t edge(void)
{
    return ONE_OF(0, 1, 2, 7, 8, 255, 4095, 4096, 4097, 65535, 65536, INT32_MAX, 0x80000000, UINT32_MAX, 0x100000000,
                  INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX, UINT64_MAX - 4095, 0x7fffffffefff, 0x7ffffffff000,
                  0x800000000000, 0xffff800000000000, 0xffffffff80000000);
}

/* Mostly inside of the arena, whose last page is not there. */
static uint64_t pointer(void)
{
    uint64_t at = (uint64_t)arena;
    return next() % 8 ? at + next() % ARENA : ONE_OF(0, 8, at + ARENA - 4, at + ARENA, edge(), edge());
}

/* Some of the arena looks like lengths and pointers, so that structures lead somewhere. */
static void scribble(void)
{
    for (unsigned i = 0; i < 16; i++) {
        uint64_t v = next() % 2 ? pointer() : next() % 2 ? edge() : next() % 64;
        memcpy(arena + next() % (ARENA - 8), &v, 8);
    }
}

static uint64_t value(enum kind kind)
{
    static const char *const names[] = {"a", "b", "c", "a/b", "a/b/c", "b/c", "file", "", "a/"};
    static const char *const paths[] = {".", "/", "..", "/dev/null", "/proc/self", "a/b/../c", "a", "b"};
    switch (kind) {
    case FD:
        return next() % 16 ? 3 + next() % ANSWER_FD : ONE_OF((uint64_t)AT_FDCWD, UINT64_MAX, 0x80000000, 65536);
    case PTR:
        return pointer();
    case LEN:
        return next() % 4 ? next() % 512 : edge();
    case NUM:
        return next() % 2 ? 20 + next() % 40 : edge();
    case FLAG:
        return next() % 4 ? next() % 64 : next() % 2 ? 1ul << next() % 32 : edge();
    case POS:
        return next() % 2 ? next() % 8192 : edge();
    case PATH:
        return next() % 4 ? (uint64_t)paths[next() % (sizeof paths / sizeof *paths)] : pointer();
    case NAME:
        return next() % 16 ? (uint64_t)names[next() % (sizeof names / sizeof *names)]
                           : ONE_OF(8, 0x7ffffffff000, 0xffff800000000000);
    case ADDR:
        return (uint64_t)maps + next() % 64 * PAGE + (next() % 8 ? 0 : next() % PAGE);
    default:
        return 0;
    }
}

static void open_files(void)
{
    int pair[2];
    open(".", O_RDONLY | O_DIRECTORY);
    open("file", O_RDWR | O_CREAT | O_NONBLOCK, 0644);
    open("/proc/self/maps", O_RDONLY);
    (void)!pipe2(pair, O_NONBLOCK);
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair);
    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    eventfd(0, EFD_NONBLOCK);
    timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    epoll_create1(0);
    memfd_create("fuzz", 0);
    inotify_add_watch(inotify_init1(IN_NONBLOCK), ".", IN_ALL_EVENTS);
}

/* What may fill a disk or wait: lengths that would take long are cut, and no descriptor may block. */
static int is_too_much(const struct call *c, const uint64_t *v)
{
    static const uint64_t limit = 1 << 20;
    int64_t signed_limit = limit;
    switch (c->number) {
    case SYS_ftruncate:
    case SYS_truncate:
        return (int64_t)v[1] > signed_limit && (int64_t)v[1] < INT64_MAX;
    case SYS_mincore:
    case SYS_madvise:
    case SYS_mremap:
    case SYS_munmap:
    case SYS_mprotect: /* only what is ours: from the middle of the maps up to their end */
        return v[1] > 64 * PAGE || (c->number == SYS_mremap && (v[2] > 64 * PAGE || v[3] & ~1ul));
    case SYS_mmap:
        return v[1] > limit || v[3] & (MAP_FIXED | MAP_LOCKED | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE | MAP_POPULATE);
    case SYS_sendfile:
    case SYS_splice:
    case SYS_copy_file_range:
    case SYS_getrandom:
        return v[c->number == SYS_getrandom ? 1 : c->number == SYS_sendfile ? 3 : 4] > limit;
    case SYS_fcntl: /* blocking locks, signals on readiness, status flags */
        return v[1] == F_SETFL || v[1] == F_SETLKW || v[1] == 38 || v[1] == F_SETOWN || v[1] == F_SETSIG ||
               v[1] == F_NOTIFY || v[1] == F_SETLEASE;
    case SYS_flock:
        return !(v[1] & 4);
    case SYS_ioctl:
        return v[1] == 0x5421 || v[1] == 0x5452; /* FIONBIO, FIOASYNC */
    case SYS_futex: {
        int op = (int)v[1] & 127;
        return op != 1 && op != 3 && op != 4 && op != 5 && op != 10;
    }
    case SYS_pwrite64:
    case SYS_pwritev2:
        return (int64_t)v[3] > signed_limit && (int64_t)v[3] < INT64_MAX;
    case SYS_lseek:
        return (int64_t)v[1] > signed_limit;
    default:
        return 0;
    }
}

/* What these calls make must not block either. */
static void adjust(const struct call *c, uint64_t *v)
{
    switch (c->number) {
    case SYS_close:
    case SYS_close_range:
        v[0] |= 32;
        break;
    case SYS_socket:
    case SYS_socketpair:
        v[0] = AF_UNIX;
        v[1] |= O_NONBLOCK;
        break;
    case SYS_pipe2:
    case SYS_eventfd2:
    case SYS_timerfd_create:
        v[1] |= O_NONBLOCK;
        break;
    case SYS_sendto:
    case SYS_recvfrom:
    case SYS_recvmmsg:
    case SYS_sendmmsg:
        v[3] |= MSG_DONTWAIT;
        break;
    case SYS_sendmsg:
    case SYS_recvmsg:
        v[2] |= MSG_DONTWAIT;
        break;
    case SYS_splice:
        v[5] |= 2; /* SPLICE_F_NONBLOCK */
        break;
    }
}

static const struct call *current;
static void too_late(int signal)
{
    dprintf(2, "system call %d does not return\n", current->number);
    _exit(99);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    return walk->level ? remove(path) : 0;
}

int main(void)
{
    struct rlimit files = {3 + ANSWER_FD, 3 + ANSWER_FD}, size = {1 << 22, 1 << 22};
    static char folder[] = "/tmp/unik-fuzz-XXXXXX", text[32];
    arena = mmap(NULL, ARENA + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(arena + ARENA, PAGE);
    /* Twice what the calls can reach, behind which they do not come. */
    maps = mmap(NULL, 256 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (arena == MAP_FAILED || maps == MAP_FAILED)
        return 1;
    if (!mkdtemp(folder) || chdir(folder))
        return 3;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGIO, SIG_IGN);
    signal(SIGURG, SIG_IGN);
    signal(SIGALRM, too_late);
    alarm(25);
    setrlimit(RLIMIT_NOFILE, &files);
    setrlimit(RLIMIT_FSIZE, &size);
    open_files();
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t v[6] = {0};
        current = &calls[next() % (sizeof calls / sizeof *calls)];
        if (round % 8 == 0)
            scribble();
        if (round % 4096 == 4095) {
            close_range(3, ~0u, 0);
            open_files();
        }
        for (unsigned i = 0; i < 6; i++)
            v[i] = value(current->args[i]);
        if (is_too_much(current, v))
            continue;
        adjust(current, v);
        syscall(current->number, v[0], v[1], v[2], v[3], v[4], v[5]);
    }
    close_range(3, ~0u, 0);
    nftw(".", remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    rmdir(folder);
    snprintf(text, sizeof text, "%s\n", getpid() > 0 ? "OK" : "lost");
    return write(1, text, strlen(text)) > 0 ? 0 : 2;
}
