/* Page faults, mapping and unmapping, large allocations. */
#include "bench.h"
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE 4096u
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static char *map(size_t size, int flags, int fd)
{
    char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
    CHECK(at != MAP_FAILED);
    return at;
}

static void touch(volatile char *at, unsigned pages, int write)
{
    for (unsigned i = 0; i < pages; i++)
        if (write)
            at[(size_t)i * PAGE] = 1;
        else
            (void)at[(size_t)i * PAGE];
}

static int file_of(unsigned pages)
{
    static char page[PAGE] = "not a hole";
    int fd = open("/tmp/pages", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    for (unsigned i = 0; i < pages; i++)
        CHECK(write(fd, page, PAGE) == PAGE);
    return fd;
}

static void fault(unsigned pages, int flags, int fd, int write)
{
    char *at = map((size_t)pages * PAGE, flags, fd);
    madvise(at, (size_t)pages * PAGE, MADV_NOHUGEPAGE);
    begin();
    touch(at, pages, write);
    end();
    munmap(at, (size_t)pages * PAGE);
    if (fd >= 0)
        close(fd);
}

MEASURE(fault_write, "page fault: anonymous, written", 2000)
{
    fault(n, ANONYMOUS, -1, 1);
}

MEASURE(fault_read, "page fault: anonymous, read", 2000)
{
    fault(n, ANONYMOUS, -1, 0);
}

MEASURE(fault_file_read, "page of a mapped file, read", 2000)
{
    fault(n, MAP_SHARED, file_of(n), 0);
}

MEASURE(fault_file_write, "page of a mapped file, written, shared", 2000)
{
    fault(n, MAP_SHARED, file_of(n), 1);
}

MEASURE(fault_file_copy, "page of a mapped file, written, private", 2000)
{
    fault(n, MAP_PRIVATE, file_of(n), 1);
}

static void map_touch_unmap(unsigned n, size_t size, unsigned pages)
{
    begin();
    for (unsigned i = 0; i < n; i++) {
        char *at = map(size, ANONYMOUS, -1);
        touch(at, pages, 1);
        munmap(at, size);
    }
    end();
}

MEASURE(map_unmap, "mmap and munmap of 64 KiB", 5000)
{
    map_touch_unmap(n, 16 * PAGE, 0);
}

MEASURE(map_touch, "mmap, touch, munmap of 64 KiB", 1000)
{
    map_touch_unmap(n, 16 * PAGE, 16);
}

MEASURE(large_areas, "mmap, touch, munmap of 64 MiB", 2)
{
    map_touch_unmap(n, 64u << 20, (64u << 20) / PAGE);
}

MEASURE(reserve, "reserve 64 GiB, commit 1 MiB, release", 500)
{
    begin();
    for (unsigned i = 0; i < n; i++) {
        char *at = mmap(NULL, 64ul << 30, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1, 0);
        CHECK(at != MAP_FAILED && !mprotect(at + (1ul << 30), 1u << 20, PROT_READ | PROT_WRITE));
        touch(at + (1ul << 30), 4, 1);
        munmap(at, 64ul << 30);
    }
    end();
}

MEASURE(discard, "madvise(MADV_DONTNEED) of 64 KiB in use", 1000)
{
    char *at = map(16 * PAGE, ANONYMOUS, -1);
    begin();
    for (unsigned i = 0; i < n; i++) {
        touch(at, 16, 1);
        CHECK(!madvise(at, 16 * PAGE, MADV_DONTNEED));
    }
    end();
    munmap(at, 16 * PAGE);
}

MEASURE(protect, "mprotect of one page in 4 MiB, and back", 3000)
{
    char *at = map(4u << 20, ANONYMOUS, -1);
    touch(at, (4u << 20) / PAGE, 1);
    begin();
    for (unsigned i = 0; i < n; i++)
        CHECK(!mprotect(at + i % 1000 * PAGE, PAGE, PROT_READ) &&
              !mprotect(at + i % 1000 * PAGE, PAGE, PROT_READ | PROT_WRITE));
    end();
    munmap(at, 4u << 20);
}

MEASURE(many_areas, "mmap and munmap among 10,000 areas", 2000)
{
    char *at = map(20000ul * PAGE, ANONYMOUS, -1);
    for (unsigned i = 0; i < 20000; i += 2)
        CHECK(!mprotect(at + i * PAGE, PAGE, PROT_READ));
    map_touch_unmap(n, 16 * PAGE, 1);
    munmap(at, 20000ul * PAGE);
}

MEASURE(heap, "malloc, touch, free of 1 MiB", 500)
{
    begin();
    for (unsigned i = 0; i < n; i++) {
        char *at = malloc(1u << 20);
        touch(at, (1u << 20) / PAGE, 1);
        free(at);
    }
    end();
}
