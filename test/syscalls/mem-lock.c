/* mlock and its kin (mlock(2)): what is locked is counted, limited for those without CAP_IPC_LOCK, and not discarded.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))
#define PAGE 4096l

static long locked(void)
{
    char line[256];
    long kib = -1;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && kib < 0 && fgets(line, sizeof line, f))
        sscanf(line, "VmLck: %ld kB", &kib);
    CHECK(f && fclose(f) == 0 && kib >= 0);
    return kib * 1024 / PAGE;
}

static void check_counts(char *p)
{
    CHECK(locked() == 0);
    CHECK(mlock(p, 8 * PAGE) == 0 && locked() == 8);
    CHECK(mlock(p + PAGE, PAGE) == 0 && locked() == 8);
    CHECK(munlock(p + 2 * PAGE, 2 * PAGE) == 0 && locked() == 6);
    CHECK(mlock2(p + 2 * PAGE, 1, MLOCK_ONFAULT) == 0 && locked() == 7);
    CHECK(munmap(p + 7 * PAGE, PAGE) == 0 && locked() == 6);
    CHECK(munlock(p, 7 * PAGE) == 0 && locked() == 0);
    FAILS(mlock(p, 8 * PAGE), ENOMEM); /* a hole */
    CHECK(munlock(p, 7 * PAGE) == 0);
    char *q = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
    CHECK(q != MAP_FAILED && locked() == 4 && munmap(q, 4 * PAGE) == 0 && locked() == 0);
}

static void check_advice(char *p)
{
    CHECK(mlock(p, PAGE) == 0);
    *p = 7;
    FAILS(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
    FAILS(msync(p, PAGE, MS_INVALIDATE), EBUSY);
    CHECK(msync(p, PAGE, MS_SYNC) == 0);
    CHECK(*p == 7 && munlock(p, PAGE) == 0 && madvise(p, PAGE, MADV_DONTNEED) == 0 && *p == 0);
    char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    FAILS(madvise(shared, PAGE, MADV_WIPEONFORK), EINVAL);
    CHECK(madvise(p, PAGE, MADV_WIPEONFORK) == 0 && madvise(p, PAGE, MADV_KEEPONFORK) == 0 &&
          munmap(shared, PAGE) == 0);
}

static void check_all(void)
{
    CHECK(mlockall(MCL_CURRENT) == 0 && locked() > 10);
    CHECK(munlockall() == 0 && locked() == 0);
    CHECK(mlockall(MCL_FUTURE | MCL_ONFAULT) == 0);
    long before = locked();
    char *q = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(q != MAP_FAILED && locked() == before + 4 && munlockall() == 0 && locked() == 0 && munmap(q, 4 * PAGE) == 0);
    FAILS(mlockall(0), EINVAL);
    FAILS(mlockall(MCL_ONFAULT), EINVAL);
}

static void check_limits(char *p)
{
    struct rlimit r = {2 * PAGE, 4 * PAGE};
    CHECK(setrlimit(RLIMIT_MEMLOCK, &r) == 0 && mlock(p, 3 * PAGE) == 0 && munlock(p, 3 * PAGE) == 0);
    CHECK(setresuid(-1, 65534, 0) == 0);
    CHECK(mlock(p, 2 * PAGE) == 0 && munlock(p, 2 * PAGE) == 0);
    FAILS(mlock(p, 3 * PAGE), ENOMEM);
    FAILS(mlockall(MCL_CURRENT), ENOMEM);
    CHECK(mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0) == MAP_FAILED &&
          errno == EAGAIN);
    r.rlim_cur = 0;
    CHECK(setrlimit(RLIMIT_MEMLOCK, &r) == 0);
    FAILS(mlock(p, PAGE), EPERM);
}

int main(void)
{
    char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    check_counts(p);
    check_advice(p);
    check_all();
    if (geteuid() == 0)
        check_limits(p);
    printf("OK\n");
}
