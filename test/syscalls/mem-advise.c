/* madvise(2), mincore(2), mlock(2), msync(2): dropped pages are zero (or the file) again, and really free; residency;
 * refusals. */
#include "mem.h"
#include <sys/resource.h>

static int resident(char *p)
{
    unsigned char vec = 2;
    CHECK(!mincore(p, PAGE, &vec));
    return vec & 1;
}

static size_t resident_pages(void)
{
    size_t all, here;
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f && fscanf(f, "%zu %zu", &all, &here) == 2);
    fclose(f);
    return here;
}

static void dropped_pages_are_zero(void)
{
    char *p = anonymous(4 * PAGE, PROT_READ | PROT_WRITE);
    memset(p, 6, 4 * PAGE);
    CHECK(resident(p + PAGE) && !madvise(p + PAGE, 2 * PAGE, MADV_DONTNEED));
    CHECK(!resident(p + PAGE) && resident(p) && p[0] == 6 && p[PAGE] == 0 && p[3 * PAGE - 1] == 0 && p[3 * PAGE] == 6);
    CHECK(!madvise(p, 4 * PAGE, MADV_FREE) && (p[0] == 6 || p[0] == 0));
    p[0] = 1;
    CHECK(p[0] == 1 && !munmap(p, 4 * PAGE));
}

static void a_file_shows_through_again(void)
{
    int fd = open("/proc/self/exe", O_RDONLY);
    char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(fd >= 0 && p != MAP_FAILED && p[1] == 'E');
    p[1] = 'x';
    CHECK(!madvise(p, PAGE, MADV_DONTNEED) && p[1] == 'E' && !munmap(p, PAGE) && !close(fd));
}

static void memory_really_comes_back(void)
{
    const size_t size = 16 << 20;
    char *p = anonymous(size, PROT_READ | PROT_WRITE);
    size_t before = resident_pages();
    memset(p, 1, size);
    size_t full = resident_pages();
    CHECK(full - before >= size / PAGE && !madvise(p, size, MADV_DONTNEED));
    CHECK(full - resident_pages() >= size / PAGE && !munmap(p, size));
    /* many times what the machine has */
    for (int round = 0; round < 200; round++) {
        p = anonymous(size, PROT_READ | PROT_WRITE);
        for (size_t at = 0; at < size; at += 8 * PAGE)
            p[at] = 1;
        CHECK(!munmap(p, size));
    }
}

static void refusals(void)
{
    unsigned char vec[3];
    char *p = anonymous(3 * PAGE, PROT_READ | PROT_WRITE);
    CHECK(!madvise(p, 3 * PAGE, MADV_WILLNEED) && !madvise(p, 3 * PAGE, MADV_NORMAL) && !madvise(p, 0, MADV_DONTNEED));
    FAILS(madvise(p, PAGE, 9999), EINVAL);
    FAILS(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
    CHECK(!munmap(p + PAGE, PAGE));
    p[2 * PAGE] = 1;
    FAILS(madvise(p, 3 * PAGE, MADV_DONTNEED), ENOMEM);
    CHECK(p[2 * PAGE] == 0); /* the part behind the hole is done all the same */
    FAILS(mincore(p, 3 * PAGE, vec), ENOMEM);
    FAILS(mincore(p + 1, PAGE, vec), EINVAL);
    FAILS(mincore(p, PAGE, (void *)(p + PAGE)), EFAULT);
    FAILS(msync(p, 3 * PAGE, MS_SYNC), ENOMEM);
    FAILS(msync(p, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
    CHECK(!msync(p, PAGE, MS_SYNC) && !munmap(p, 3 * PAGE));
}

static void locked_pages_are_there(void)
{
    char *p = anonymous(8 * PAGE, PROT_READ | PROT_WRITE);
    CHECK(!resident(p) && !mlock(p, 2 * PAGE) && resident(p) && resident(p + PAGE) && !resident(p + 2 * PAGE));
    CHECK(!munlock(p, 2 * PAGE) && !mlock2(p + 2 * PAGE, PAGE, MLOCK_ONFAULT) && !resident(p + 2 * PAGE));
    FAILS(mlock2(p, PAGE, 8), EINVAL);
    FAILS(mlockall(0), EINVAL);
    CHECK(!munmap(p, 8 * PAGE));
    FAILS(mlock(p, PAGE), ENOMEM);
    FAILS(mlock((void *)(INT64_MAX & -PAGE), 8), ENOMEM);
    FAILS(mlock((void *)-PAGE, 2 * PAGE), EINVAL);
}

/* Beyond the end of a file there is nothing to lock, and nothing wrong. Without privilege the limit counts. */
static void all_of_memory_can_be_locked(void)
{
    FILE *file = tmpfile();
    char *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fileno(file), 0);
    struct rlimit none = {0, 0};
    CHECK(p != MAP_FAILED);
    CHECK(geteuid() || (!mlockall(MCL_CURRENT) && !munlockall()));
    CHECK(!setrlimit(RLIMIT_MEMLOCK, &none) && (geteuid() || !seteuid(1)));
    FAILS(mlock(&none, 8), EPERM);
    FAILS(mlockall(MCL_CURRENT), EPERM);
    CHECK(!munlock(&none, 8) && !munlockall());
}

int main(void)
{
    dropped_pages_are_zero();
    a_file_shows_through_again();
    memory_really_comes_back();
    refusals();
    locked_pages_are_there();
    all_of_memory_can_be_locked();
    puts("OK");
    return 0;
}
