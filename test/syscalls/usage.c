/* What a process has used (getrusage: the largest size, page faults, switches), and three small promises: MAP_32BIT
 * stays below 2 GiB, MADV_REMOVE makes a hole in the file, statx knows when a file was made. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
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
#define MIB (1ul << 20)

static void test_usage(void)
{
    struct rusage a, b;
    CHECK(!getrusage(RUSAGE_SELF, &a));
    char *p = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED && !madvise(p, 16 * MIB, MADV_NOHUGEPAGE));
    memset(p, 1, 16 * MIB);
    CHECK(!munmap(p, 16 * MIB));
    for (int n = 0; n < 5; n++)
        usleep(1000);
    CHECK(!getrusage(RUSAGE_SELF, &b));
    /* Linux keeps the peak over execve: that of whoever started us may be larger than ours. */
    CHECK(b.ru_maxrss >= 16 * 1024 && b.ru_maxrss >= a.ru_maxrss && b.ru_maxrss < a.ru_maxrss + 32 * 1024);
    CHECK(b.ru_minflt - a.ru_minflt >= 4096 / 16 && b.ru_minflt - a.ru_minflt < 6000);
    CHECK(b.ru_nvcsw - a.ru_nvcsw >= 5 && b.ru_nivcsw >= a.ru_nivcsw);
}

static void test_low(void)
{
    char *p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    CHECK(p != MAP_FAILED && (uintptr_t)p + MIB <= 2048 * MIB);
    memset(p, 1, MIB);
    CHECK(mmap(NULL, 4096 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0) == MAP_FAILED);
    CHECK(errno == ENOMEM && !munmap(p, MIB));
}

static void test_remove(void)
{
    int fd = memfd_create("hole", 0);
    CHECK(fd >= 0 && !ftruncate(fd, 3 * 4096));
    char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), c = 1;
    CHECK(p != MAP_FAILED && memset(p, 'x', 3 * 4096) && !madvise(p + 4096, 4096, MADV_REMOVE));
    CHECK(p[4095] == 'x' && !p[4096] && !p[8191] && p[8192] == 'x' && pread(fd, &c, 1, 5000) == 1 && !c);
    char *private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    FAILS(madvise(private, 4096, MADV_REMOVE), EACCES);
    char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED && memset(shared, 'x', 4096) && !madvise(shared, 4096, MADV_REMOVE) && !shared[9]);
    close(fd);
}

static void test_birth(void)
{
    char name[] = "/tmp/birth-XXXXXX";
    struct statx s;
    time_t before = time(NULL);
    int fd = mkstemp(name);
    CHECK(!statx(AT_FDCWD, name, 0, STATX_BASIC_STATS | STATX_BTIME, &s) && s.stx_mask & STATX_BTIME);
    CHECK(s.stx_btime.tv_sec >= before - 1 && s.stx_btime.tv_sec <= time(NULL));
    struct timespec old[2] = {{1, 0}, {1, 0}};
    CHECK(!futimens(fd, old) && !statx(AT_FDCWD, name, 0, STATX_BTIME, &s) && s.stx_btime.tv_sec >= before - 1);
    CHECK(!unlink(name) && !close(fd));
}

int main(void)
{
    test_usage();
    test_low();
    test_remove();
    test_birth();
    puts("OK");
    return 0;
}
