/* setrlimit(2): a file does not grow above RLIMIT_FSIZE (SIGXFSZ, EFBIG), the address space not above RLIMIT_AS and its
 * private writable part not above RLIMIT_DATA (ENOMEM), a stack not above RLIMIT_STACK (SIGSEGV); RLIMIT_CPU sends
 * SIGXCPU each second. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static volatile sig_atomic_t count[65];

static void count_signal(int signal)
{
    count[signal]++;
}

static void limit(int resource, rlim_t soft)
{
    struct rlimit r;
    CHECK(!getrlimit(resource, &r));
    r.rlim_cur = soft;
    CHECK(!setrlimit(resource, &r));
}

static void test_file_size(void)
{
    char name[] = "/tmp/limits-XXXXXX", buf[100] = "";
    int fd = mkstemp(name);
    CHECK(fd >= 0 && !unlink(name));
    signal(SIGXFSZ, count_signal);
    limit(RLIMIT_FSIZE, 1000);
    CHECK(pwrite(fd, buf, 100, 900) == 100 && count[SIGXFSZ] == 0);
    CHECK(pwrite(fd, buf, 100, 950) == 50 && count[SIGXFSZ] == 0); /* what fits */
    FAILS(pwrite(fd, buf, 100, 1000), EFBIG);
    CHECK(count[SIGXFSZ] == 1);
    CHECK(pwrite(fd, buf, 0, 1000) == 0 && count[SIGXFSZ] == 1);
    FAILS(ftruncate(fd, 1001), EFBIG);
    CHECK(count[SIGXFSZ] == 2 && !ftruncate(fd, 500));
    FAILS(fallocate(fd, 0, 0, 5000), EFBIG);
    CHECK(count[SIGXFSZ] == 3);
    limit(RLIMIT_FSIZE, RLIM_INFINITY);
    CHECK(!ftruncate(fd, 5000));
    limit(RLIMIT_FSIZE, 1000);
    CHECK(!ftruncate(fd, 2000) && pwrite(fd, buf, 100, 0) == 100 && count[SIGXFSZ] == 3);
    limit(RLIMIT_FSIZE, RLIM_INFINITY);
    close(fd);
}

static unsigned long statm(int field)
{
    unsigned long v[6] = {0};
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f && fscanf(f, "%lu %lu %lu %lu %lu %lu", v, v + 1, v + 2, v + 3, v + 4, v + 5) == 6);
    fclose(f);
    return v[field] * 4096;
}

static void *map(void *at, size_t len, int prot, int flags)
{
    return mmap(at, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

#define MIB (1ul << 20)

static void test_address_space(void)
{
    unsigned long now = statm(0);
    limit(RLIMIT_AS, now + 16 * MIB);
    CHECK(map(NULL, 17 * MIB, PROT_NONE, 0) == MAP_FAILED && errno == ENOMEM);
    char *p = map(NULL, 12 * MIB, PROT_NONE, 0);
    CHECK(p != MAP_FAILED);
    CHECK(map(NULL, 5 * MIB, PROT_READ, 0) == MAP_FAILED && errno == ENOMEM);
    CHECK(map(p, 12 * MIB, PROT_READ, MAP_FIXED) == p); /* in the place of as much */
    CHECK(mremap(p, 12 * MIB, 17 * MIB, MREMAP_MAYMOVE) == MAP_FAILED && errno == ENOMEM);
    CHECK(sbrk(6 * MIB) == (void *)-1 && errno == ENOMEM);
    limit(RLIMIT_AS, RLIM_INFINITY);
    CHECK((p = mremap(p, 12 * MIB, 17 * MIB, MREMAP_MAYMOVE)) != MAP_FAILED && !munmap(p, 17 * MIB));
}

static void test_data(void)
{
    limit(RLIMIT_DATA, 16 * MIB);
    CHECK(map(NULL, 16 * MIB, PROT_READ | PROT_WRITE, 0) == MAP_FAILED && errno == ENOMEM);
    char *p = map(NULL, 64 * MIB, PROT_NONE, 0);
    CHECK(p != MAP_FAILED);
    FAILS(mprotect(p, 20 * MIB, PROT_READ | PROT_WRITE), ENOMEM);
    CHECK(!mprotect(p, 8 * MIB, PROT_READ | PROT_WRITE));
    CHECK(!munmap(p, 64 * MIB));
    limit(RLIMIT_DATA, RLIM_INFINITY);
}

static sigjmp_buf back;
static volatile unsigned long depth;

static void leave(int signal)
{
    siglongjmp(back, signal);
}

static __attribute__((noinline)) int dig(int n)
{
    volatile char page[16384];
    page[0] = (char)n;
    depth += sizeof page;
    return n ? dig(n - 1) + page[0] : page[0];
}

static void test_stack(void)
{
    static char other[65536];
    stack_t s = {.ss_sp = other, .ss_size = sizeof other};
    CHECK(!sigaltstack(&s, NULL));
    struct sigaction a = {.sa_handler = leave, .sa_flags = SA_ONSTACK};
    sigaction(SIGSEGV, &a, NULL);
    limit(RLIMIT_STACK, 1 * MIB);
    if (!sigsetjmp(back, 1))
        dig(1000);
    CHECK(depth > MIB / 2 && depth <= 1 * MIB);
    limit(RLIMIT_STACK, 4 * MIB);
    depth = 0;
    if (!sigsetjmp(back, 1))
        dig(1000);
    CHECK(depth > 3 * MIB && depth <= 4 * MIB);
    signal(SIGSEGV, SIG_DFL);
}

static void test_processor_time(void)
{
    struct timespec used;
    struct rlimit r;
    signal(SIGXCPU, count_signal);
    limit(RLIMIT_CPU, 1);
    while (!count[SIGXCPU])
        ;
    CHECK(!clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used));
    /* Linux counts ticks here, and they are not exact where others use the processor, too */
    CHECK(used.tv_sec + used.tv_nsec / 1e9 > 0.5 && used.tv_sec < 3);
    CHECK(!getrlimit(RLIMIT_CPU, &r) && r.rlim_cur == 2);
    limit(RLIMIT_CPU, RLIM_INFINITY);
}

int main(void)
{
    test_file_size();
    test_address_space();
    test_data();
    test_stack();
    test_processor_time();
    puts("OK");
    return 0;
}
