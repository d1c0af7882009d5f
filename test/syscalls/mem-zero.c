/* Memory that a program gets holds zeros, whatever was in it before: pages of every kind and size, heap, grown
 * mappings, dropped pages, the stacks of new threads, holes and ends of files. */
#include "mem.h"
#include <pthread.h>
#include <stdbool.h>

#define LARGE (16ul << 20)
#define LARGE_PAGE (2ul << 20)

static bool is_zero(const char *p, size_t n)
{
    const uint64_t *words = (const void *)p;
    for (size_t i = 0; i < n / 8; i++)
        if (words[i])
            return false;
    return true;
}

/* So that what is handed out next has been in use. */
static void leave_traces(void)
{
    char *p = anonymous(LARGE, PROT_READ | PROT_WRITE);
    memset(p, 0xa5, LARGE);
    CHECK(!munmap(p, LARGE));
}

static char *fresh(size_t size, int flags)
{
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED && is_zero(p, size));
    return p;
}

static void new_mappings(void)
{
    static const size_t sizes[] = {PAGE, 3 * PAGE, 512 * PAGE, LARGE_PAGE, 3 * LARGE_PAGE + PAGE, LARGE};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        leave_traces();
        char *p = fresh(sizes[i], MAP_PRIVATE);
        memset(p, 0x5a, sizes[i]);
        CHECK(!madvise(p, sizes[i], MADV_DONTNEED) && is_zero(p, sizes[i]));
        memset(p, 0x5a, sizes[i]);
        CHECK(mmap(p, sizes[i], PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p);
        CHECK(is_zero(p, sizes[i]) && !munmap(p, sizes[i]));
        p = fresh(sizes[i], MAP_SHARED);
        memset(p, 0x5a, sizes[i]);
        CHECK(!munmap(p, sizes[i]) && !munmap(fresh(sizes[i], MAP_PRIVATE | MAP_POPULATE), sizes[i]));
    }
}

static void grown_mappings(void)
{
    leave_traces();
    char *p = fresh(PAGE, MAP_PRIVATE);
    memset(p, 0x5a, PAGE);
    p = mremap(p, PAGE, 100 * PAGE, MREMAP_MAYMOVE);
    CHECK(p != MAP_FAILED && p[PAGE - 1] == 0x5a && is_zero(p + PAGE, 99 * PAGE));
    memset(p, 0x5a, 100 * PAGE);
    p = mremap(p, 100 * PAGE, PAGE, 0);
    p = mremap(p, PAGE, 100 * PAGE, MREMAP_MAYMOVE);
    CHECK(p != MAP_FAILED && p[PAGE - 1] == 0x5a && is_zero(p + PAGE, 99 * PAGE) && !munmap(p, 100 * PAGE));
}

static void heap(void)
{
    char *start = sbrk(0);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(sbrk(200 * PAGE) == start && is_zero(start, 200 * PAGE));
        memset(start, 0x5a, 200 * PAGE);
        CHECK(sbrk(-(intptr_t)(200 * PAGE)) == start + 200 * PAGE);
        leave_traces();
    }
}

/* What lies below the frames that this thread has made so far. */
static void *look_at_stack(void *arg)
{
    char here;
    pthread_attr_t attributes;
    void *stack;
    size_t size;
    CHECK(!pthread_getattr_np(pthread_self(), &attributes) && !pthread_attr_getstack(&attributes, &stack, &size));
    uintptr_t end = ((uintptr_t)&here & ~(PAGE - 1)) - 4 * PAGE;
    CHECK(end > (uintptr_t)stack + 100 * PAGE && is_zero((char *)end - 100 * PAGE, 100 * PAGE));
    return arg;
}

static void stack(void)
{
    pthread_t thread;
    leave_traces();
    CHECK(!pthread_create(&thread, NULL, look_at_stack, NULL) && !pthread_join(thread, NULL));
}

/* A file that was cut off and grows again, a hole, what follows the end of a file in its last page. */
static void files(void)
{
    static char buffer[16 * PAGE];
    char name[] = "/tmp/mem-zero-XXXXXX";
    int fd = mkstemp(name);
    leave_traces();
    memset(buffer, 0x5a, sizeof buffer);
    CHECK(fd >= 0 && !unlink(name) && write(fd, buffer, sizeof buffer) == sizeof buffer);
    CHECK(!ftruncate(fd, 100) && !ftruncate(fd, sizeof buffer) && pread(fd, buffer, sizeof buffer, 0) == sizeof buffer);
    CHECK(buffer[99] == 0x5a && !memchr(buffer + 100, 0x5a, sizeof buffer - 100) && is_zero(buffer + 104, PAGE));
    CHECK(pwrite(fd, "x", 1, 1 << 20) == 1 && pread(fd, buffer, PAGE, (1 << 20) - (long)PAGE) == (long)PAGE);
    CHECK(is_zero(buffer, PAGE));
    char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 1 << 20);
    CHECK(p != MAP_FAILED && p[0] == 'x' && is_zero(p + 8, PAGE - 8) && is_zero(p, 0) && !p[1]);
    close(fd);
}

int main(void)
{
    new_mappings();
    grown_mappings();
    heap();
    stack();
    files();
    puts("OK");
    return 0;
}
