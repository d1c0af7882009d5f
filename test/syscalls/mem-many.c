/* Ten thousand areas: mapping, protecting, finding and unmapping stay fast, and neighbours that say the same become
 * one. */
#include "mem.h"
#include <time.h>

#define COUNT 10000

static size_t lines_in_maps(void)
{
    size_t lines = 0;
    FILE *f = fopen("/proc/self/maps", "r");
    CHECK(f);
    for (int c; (c = getc(f)) != EOF;)
        lines += c == '\n';
    fclose(f);
    return lines;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void)
{
    double start = now();
    char *p = anonymous(2 * COUNT * PAGE, PROT_NONE);
    size_t before = lines_in_maps();
    for (size_t i = 0; i < COUNT; i++)
        CHECK(!mprotect(p + 2 * i * PAGE, PAGE, PROT_READ | PROT_WRITE));
    CHECK(lines_in_maps() >= before + 2 * COUNT - 2);
    for (size_t i = 0; i < COUNT; i += 10)
        p[2 * i * PAGE] = (char)i;
    for (size_t i = 0; i < COUNT; i++) {
        char *q = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(q != MAP_FAILED && !munmap(q, PAGE));
    }
    for (size_t i = 0; i < COUNT; i += 10)
        CHECK(p[2 * i * PAGE] == (char)i);
    for (size_t i = 0; i < COUNT; i++)
        CHECK(!mprotect(p + (2 * i + 1) * PAGE, PAGE, PROT_READ | PROT_WRITE));
    CHECK(lines_in_maps() <= before + COUNT / 4); /* Linux does not join what was touched apart */
    CHECK(p[0] == 0 && p[20 * PAGE] == 10 && !munmap(p, 2 * COUNT * PAGE));
    CHECK(now() - start < 20); /* linear searches would take minutes under emulation */
    puts("OK");
    return 0;
}
