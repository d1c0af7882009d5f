// Takes memory in each way that its arguments name until the kernel says no, gives it back, and does so again: as much
// must be there the second time, and what is free at the end is what was free before. The last ways of the table touch
// memory that was promised: the kernel ends the program.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MANY 65536 // of anything: the machine is small
#define PAGE 4096ul

static int fds[MANY];
static int count;

static void fail(const char *what)
{
    printf("failed: %s: %s\n", what, strerror(errno));
    exit(1);
}

static long free_kib(void)
{
    struct sysinfo s;
    if (sysinfo(&s))
        fail("sysinfo");
    return (long)(s.freeram * s.mem_unit / 1024);
}

static int keep(int fd)
{
    if (fd >= 0)
        fds[count++] = fd;
    return fd;
}

static void close_all(void)
{
    while (count)
        close(fds[--count]);
}

// --- ways: each takes until it gets an error, which it leaves in errno, and returns how many it had

static long descriptors(void)
{
    while (count < MANY && keep(eventfd(0, 0)) >= 0)
        continue;
    return count;
}

static long epolls(void)
{
    while (count < MANY - 2) {
        int one = keep(epoll_create1(0)), other = keep(eventfd(0, 0));
        struct epoll_event e = {.events = EPOLLIN};
        if (one < 0 || other < 0 || epoll_ctl(one, EPOLL_CTL_ADD, other, &e))
            break;
    }
    return count;
}

static long timer_descriptors(void)
{
    struct itimerspec in_an_hour = {.it_value.tv_sec = 3600};
    while (count < MANY) {
        int fd = keep(timerfd_create(CLOCK_MONOTONIC, 0));
        if (fd < 0 || timerfd_settime(fd, 0, &in_an_hour, NULL))
            break;
    }
    return count;
}

static void fill(int fd)
{
    static char block[65536];
    while (write(fd, block, sizeof block) > 0)
        continue;
}

static long pipes(void)
{
    int ends[2];
    while (count < MANY - 2 && !pipe2(ends, O_NONBLOCK)) {
        keep(ends[0]);
        fill(keep(ends[1]));
        if (errno != EAGAIN)
            break;
    }
    return count;
}

static long unix_sockets(void)
{
    int ends[2];
    while (count < MANY - 2 && !socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends)) {
        keep(ends[0]);
        fill(keep(ends[1]));
        if (errno != EAGAIN)
            break;
    }
    return count;
}

static long tcp_sockets(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    struct timeval patience = {.tv_sec = 1}; // without memory no segment gets through
    int listener = keep(socket(AF_INET, SOCK_STREAM, 0));
    if (setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) ||
        bind(listener, (void *)&at, sizeof at) || listen(listener, 64) || getsockname(listener, (void *)&at, &len))
        fail("listen");
    while (count < MANY - 2) {
        int a = keep(socket(AF_INET, SOCK_STREAM, 0));
        if (a < 0 || setsockopt(a, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) || connect(a, (void *)&at, len))
            break;
        int b = keep(accept4(listener, NULL, NULL, SOCK_NONBLOCK));
        if (b < 0)
            break;
        fcntl(a, F_SETFL, O_NONBLOCK);
        fill(a);
        if (errno != EAGAIN)
            break;
    }
    return count;
}

static void udp_fill(int fd)
{
    static char block[1400];
    for (int i = 0; i < 200 && send(fd, block, sizeof block, MSG_DONTWAIT) > 0; i++)
        continue;
}

static long udp_sockets(void)
{
    while (count < MANY) {
        struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof at;
        int fd = keep(socket(AF_INET, SOCK_DGRAM, 0));
        if (fd < 0 || bind(fd, (void *)&at, len) || getsockname(fd, (void *)&at, &len) || connect(fd, (void *)&at, len))
            break;
        errno = 0;
        udp_fill(fd);
        if (errno && errno != EAGAIN)
            break;
    }
    return count;
}

static char *name_of(long i)
{
    static char name[64];
    snprintf(name, sizeof name, "/tmp/d/%ld", i);
    return name;
}

static long files;

static long tmpfs_file(void)
{
    static char block[65536];
    long done = 0;
    int fd = keep(open("/tmp/big", O_CREAT | O_WRONLY | O_TRUNC, 0600));
    ssize_t n;
    while ((n = write(fd, block, sizeof block)) > 0)
        done += n;
    return done / 1024;
}

static void remove_file(void)
{
    unlink("/tmp/big");
}

static long empty_files(void)
{
    mkdir("/tmp/d", 0700);
    for (int fd; files < MANY && (fd = open(name_of(files), O_CREAT | O_EXCL | O_WRONLY, 0600)) >= 0; files++)
        close(fd);
    return files;
}

static void remove_files(void)
{
    while (files)
        unlink(name_of(--files));
    rmdir("/tmp/d");
}

static long watches(void)
{
    int fd = keep(inotify_init1(0));
    mkdir("/tmp/d", 0700);
    for (; files < MANY; files++) {
        int file = open(name_of(files), O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (file < 0 || close(file) || inotify_add_watch(fd, name_of(files), IN_MODIFY) < 0)
            break;
    }
    return files;
}

static timer_t timers[MANY];
static long timer_count;

static long posix_timers(void)
{
    struct sigevent quiet = {.sigev_notify = SIGEV_NONE};
    while (timer_count < MANY && !timer_create(CLOCK_MONOTONIC, &quiet, &timers[timer_count]))
        timer_count++;
    return timer_count;
}

static void delete_timers(void)
{
    while (timer_count)
        timer_delete(timers[--timer_count]);
}

static pthread_t threads[MANY];
static long thread_count;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *wait_at_gate(void *arg)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return arg;
}

static long sleeping_threads(void)
{
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 16384);
    pthread_mutex_lock(&gate);
    do
        errno = pthread_create(&threads[thread_count], &small, wait_at_gate, NULL);
    while (!errno && ++thread_count < MANY);
    return thread_count;
}

static void join_threads(void)
{
    pthread_mutex_unlock(&gate);
    while (thread_count)
        if (pthread_join(threads[--thread_count], NULL))
            fail("join");
}

static char *base;
static size_t length;

static void map(size_t size, int prot, int flags)
{
    base = mmap(NULL, length = size, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (base == MAP_FAILED)
        fail("mmap");
}

static void unmap(void)
{
    munmap(base, length);
}

// Every other page may be read only, so that none can be joined with its neighbour.
static long areas(void)
{
    long n = 0;
    map(PAGE * 2 * 60000, PROT_READ | PROT_WRITE, MAP_NORESERVE);
    while (n < 60000 && !mprotect(base + 2 * n * PAGE, PAGE, PROT_READ))
        n++;
    return n;
}

static long locked(void)
{
    long n = 0;
    map(64 << 20, PROT_READ | PROT_WRITE, MAP_NORESERVE);
    while (!mlock(base + n * 65536, 65536))
        n++;
    return n;
}

static long too_large_a_heap(void)
{
    return sbrk(64 << 20) == (void *)-1;
}

static long too_large_a_map(void)
{
    void *p = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED;
}

static _Noreturn long touch(void)
{
    for (;;)
        memset(malloc(1 << 20), 1, 1 << 20);
}

static long touch_heap(void)
{
    for (char *at; (at = sbrk(65536)) != (void *)-1;)
        memset(at, 1, 65536);
    return 0;
}

static long deeper(long n)
{
    volatile char frame[8192];
    frame[0] = (char)n;
    return deeper(n + 1) + frame[0];
}

static long stack(void)
{
    setrlimit(RLIMIT_STACK, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    return deeper(0);
}

// One byte in each 2 MiB: tables, and the same page of zeros everywhere.
static long page_tables(void)
{
    long sum = 0;
    map(1ul << 42, PROT_READ, MAP_NORESERVE);
    for (size_t at = 0; at < length; at += 2 << 20)
        sum += base[at];
    return sum;
}

static long read_into_untouched(void)
{
    int zero = open("/dev/zero", O_RDONLY);
    map(64 << 20, PROT_READ | PROT_WRITE, MAP_NORESERVE);
    for (size_t at = 0; at < length; at += PAGE)
        if (read(zero, base + at, PAGE) != PAGE)
            fail("read");
    return 0;
}

static void nothing(void)
{
}

static const struct {
    const char *name;
    long (*take)(void);
    void (*give)(void);
} ways[] = {
    {"descriptors", descriptors, close_all},
    {"epolls", epolls, close_all},
    {"timer_descriptors", timer_descriptors, close_all},
    {"pipes", pipes, close_all},
    {"unix_sockets", unix_sockets, close_all},
    {"tcp_sockets", tcp_sockets, close_all},
    {"udp_sockets", udp_sockets, close_all},
    {"tmpfs_file", tmpfs_file, remove_file},
    {"empty_files", empty_files, remove_files},
    {"watches", watches, remove_files},
    {"posix_timers", posix_timers, delete_timers},
    {"sleeping_threads", sleeping_threads, join_threads},
    {"areas", areas, unmap},
    {"locked", locked, unmap},
    {"too_large_a_heap", too_large_a_heap, nothing},
    {"too_large_a_map", too_large_a_map, nothing},
    {"touch", touch, nothing},
    {"touch_heap", touch_heap, nothing},
    {"stack", stack, nothing},
    {"page_tables", page_tables, nothing},
    {"read_into_untouched", read_into_untouched, nothing},
};
#define WAYS (sizeof ways / sizeof *ways)

// Pages that are touched for the first time when nothing is left would end the program.
static void touch_own_memory(void)
{
    memset(fds, 1, sizeof fds);
    memset(timers, 1, sizeof timers);
    memset(threads, 1, sizeof threads);
    if (setrlimit(RLIMIT_NOFILE, &(struct rlimit){MANY, MANY}))
        fail("setrlimit");
}

static long once(unsigned way)
{
    errno = 0;
    long n = ways[way].take();
    int error = errno;
    ways[way].give();
    close_all();
    usleep(20000); // what is freed behind an acknowledgement or by a thread that ends
    printf("%s: %ld, then %s; %ld KiB free\n", ways[way].name, n, strerrorname_np(error), free_kib());
    return n;
}

static void twice(const char *name)
{
    unsigned way = 0;
    while (way < WAYS && strcmp(name, ways[way].name))
        way++;
    if (way == WAYS)
        fail(name);
    long first = once(way), before = free_kib(), second = once(way), after = free_kib();
    if (second < first - first / 20)
        fail("less the second time");
    if (after < before - 64)
        fail("not all came back");
    printf("%s: OK\n", name);
}

int main(int argc, char **argv)
{
    touch_own_memory();
    printf("%ld KiB free\n", free_kib());
    for (int i = 1; i < argc; i++)
        twice(argv[i]);
    return 0;
}
